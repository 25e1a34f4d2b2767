package dev.diffstream.registry.announce;

import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.correction.Correction;
import dev.diffstream.schemas.correction.RetrainingRule;
import dev.diffstream.schemas.event.AuditRecorded;
import dev.diffstream.schemas.event.AuditRecordedBuilder;
import dev.diffstream.schemas.registry.Tombstone;
import dev.diffstream.schemas.run.RunControl;

/**
 * What somebody has asked for or changed, for the audit topic.
 *
 * @param id of the record: the key of the object that the request made, so that a request which is
 *     repeated is told of under the same id
 */
public record AuditEntry(String id, AuditRecorded record) {
  private static final String VERSION_DELETED = "version-deleted";

  /** What somebody asked of a run. */
  public static AuditEntry of(RunControl control, String taskId) {
    return entry(
        ObjectKeys.control(control.runId(), control.number()),
        AuditRecordedBuilder.builder()
            .taskId(taskId)
            .action("run-" + control.action())
            .actor(control.actor())
            .reason(control.reason()));
  }

  /**
   * @param replaces whether another rule counted before
   */
  public static AuditEntry of(RetrainingRule rule, boolean replaces) {
    String action = rule.counts() ? replaces ? "rule-replaced" : "rule-set" : "rule-removed";
    return entry(
        ObjectKeys.rule(new TaskId(rule.taskId()), rule.number()),
        AuditRecordedBuilder.builder()
            .taskId(rule.taskId())
            .action(action)
            .actor(rule.actor())
            .reason(rule.reason()));
  }

  public static AuditEntry of(Correction correction) {
    return entry(
        ObjectKeys.correction(new TaskId(correction.taskId()), correction.number()),
        AuditRecordedBuilder.builder()
            .taskId(correction.taskId())
            .action("correction-added")
            .actor(correction.actor()));
  }

  public static AuditEntry of(Tombstone tombstone) {
    return entry(
        ObjectKeys.tombstone(new TaskId(tombstone.taskId()), tombstone.version()),
        AuditRecordedBuilder.builder()
            .taskId(tombstone.taskId())
            .action(VERSION_DELETED)
            .actor(tombstone.actor())
            .reason(tombstone.reason()));
  }

  private static AuditEntry entry(String key, AuditRecordedBuilder record) {
    return new AuditEntry(key, record.object(key).build());
  }

  /** Whether a version of the task is deleted by it. */
  public boolean deletesVersion() {
    return record.action().equals(VERSION_DELETED);
  }
}

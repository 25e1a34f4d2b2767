package dev.diffstream.schemas.correction;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.run.RunIds;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A rule has asked for a task to be learned again: {@code tasks/<id>/retrainings/<20 digits>.json},
 * put if absent before its task event is sent. The event follows from this object alone, so that
 * whoever sends it, and however often, sends the same.
 *
 * @param number of this retraining of its task, from 1
 * @param rule number of the rule that asked
 * @param conditions of the rule that were met
 * @param corrections number of the newest correction that is learned from
 * @param champion the version that was champion, and whose event is repeated
 * @param event data of the task event
 * @param decidedBy id of the registry that wrote it
 */
@RecordBuilder
public record Retraining(
    String taskId,
    long number,
    long rule,
    List<Condition> conditions,
    long corrections,
    long champion,
    JsonNode event,
    @Nullable String decidedBy,
    Instant created) {
  /** CloudEvents source of the events. */
  public static final String SOURCE = "/diffstream/retraining";

  public Retraining {
    conditions = List.copyOf(conditions);
  }

  /**
   * What a rule asks for.
   *
   * @param name {@code corrections}, {@code qualityBelow} or {@code confidenceDrift}; newer
   *     programs may write others
   * @param value as it was found; absent: there is too little to tell
   * @param threshold as the rule says
   * @param met whether the value is reason enough to learn again
   */
  public record Condition(
      String name, @Nullable Double value, double threshold, boolean met, String says) {}

  /** CloudEvents id of its event. */
  public String eventId() {
    return eventId(new TaskId(taskId), number);
  }

  /** CloudEvents id of the event of a task's n-th retraining. */
  public static String eventId(TaskId task, long number) {
    return task + "/" + number;
  }

  /** The run that its event begins. */
  public String runId() {
    return RunIds.of(SOURCE, eventId());
  }
}

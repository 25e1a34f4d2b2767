package dev.diffstream.registry.announce;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.runs.RunLedger;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.AuditRecorded;
import dev.diffstream.schemas.event.AuditRecordedBuilder;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventCodec.Encoded;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Move;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells the audit topic who did what. The numbered objects are the truth: a record may come twice,
 * with the same id, or be lost with the registry that was about to write it.
 */
public final class AuditTrail {
  /** The action of a record that tells of an alias generation. */
  public static final String ALIASES_MOVED = "aliases-moved";

  private final EventLog log;
  private final AliasLog aliases;
  private final String source;
  private final InstantSource clock;

  public AuditTrail(EventLog log, AliasLog aliases, String registryId, InstantSource clock) {
    this.log = log;
    this.aliases = aliases;
    this.source = RunLedger.REGISTRY_SOURCE + "/" + registryId;
    this.clock = clock;
  }

  /** What a generation changed, by whom and why. */
  public void moved(AliasGeneration generation) {
    TaskId task = new TaskId(generation.taskId());
    AliasGeneration before = aliases.find(task, generation.generation() - 1).orElse(null);
    Move move = generation.move();
    AuditRecorded audit =
        AuditRecordedBuilder.builder()
            .taskId(generation.taskId())
            .action(ALIASES_MOVED)
            .actor(move == null ? Move.REGISTRY : move.actor())
            .object(ObjectKeys.aliases(task, generation.generation()))
            .generation(generation.generation())
            .oldVersion(before == null ? null : version(before.champion()))
            .newVersion(version(generation.champion()))
            .move(move)
            .reason(move == null ? null : move.reason())
            .build();
    send(audit, generation.taskId() + "/" + generation.generation());
  }

  /** What somebody has asked for or changed. */
  public void record(AuditEntry entry) {
    send(entry.record(), entry.id());
  }

  private void send(AuditRecorded audit, String id) {
    Encoded encoded =
        EventCodec.encode(new EventEnvelope<>(id, source, clock.instant(), Map.of(), audit));
    log.publish(Topics.AUDIT, new Message(audit.taskId(), encoded.headers(), encoded.value()));
  }

  private static @Nullable Long version(@Nullable AliasTarget target) {
    return target == null ? null : target.version();
  }
}

package dev.diffstream.gateway;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventCodec.Encoded;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.GatewayResidency.State;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.registry.AliasTarget;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells what became of each announcement. While the broker is away the newest word on each task
 * waits here; serving does not. Belongs to the follower's thread.
 */
final class ResidencySender {
  private static final Logger LOG = LoggerFactory.getLogger(ResidencySender.class);

  private final EventLog log;
  private final String gatewayId;
  private final InstantSource clock;
  private final Map<String, Message> unsent = new LinkedHashMap<>();

  ResidencySender(EventLog log, String gatewayId, InstantSource clock) {
    this.log = log;
    this.gatewayId = gatewayId;
    this.clock = clock;
  }

  void settled(
      VersionAnnounced announced,
      State state,
      @Nullable DiffstreamException failure,
      Map<String, String> trace) {
    AliasTarget champion = announced.aliases().get("champion");
    GatewayResidency word =
        new GatewayResidency(
            gatewayId,
            announced.taskId(),
            announced.generation(),
            champion == null ? 0 : champion.version(),
            champion == null ? null : champion.digest(),
            state,
            failure == null ? null : failure.code(),
            failure == null ? null : failure.reason());
    String key = gatewayId + "/" + announced.taskId();
    Encoded encoded =
        EventCodec.encode(
            new EventEnvelope<>(
                key + "/" + announced.generation() + "/" + state.text(),
                "/diffstream/gateway/" + gatewayId,
                clock.instant(),
                trace,
                word));
    unsent.put(announced.taskId(), new Message(key, encoded.headers(), encoded.value()));
  }

  /** Sends what waits, as far as the broker takes it. */
  void flush() {
    while (!unsent.isEmpty()) {
      Map.Entry<String, Message> next = unsent.entrySet().iterator().next();
      try {
        log.publish(Topics.RESIDENCY, next.getValue());
      } catch (DiffstreamException e) {
        LOG.warn("residency of task {} waits: {}", next.getKey(), e.getMessage());
        return;
      }
      unsent.remove(next.getKey());
    }
  }
}

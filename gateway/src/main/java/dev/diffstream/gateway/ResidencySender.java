package dev.diffstream.gateway;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventCodec.Encoded;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.GatewayFarewell;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.GatewayResidency.State;
import dev.diffstream.schemas.event.GatewayResidencyBuilder;
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
  private final String incarnation;
  private final InstantSource clock;
  private final Map<String, Message> unsent = new LinkedHashMap<>();

  ResidencySender(EventLog log, String gatewayId, InstantSource clock) {
    this.log = log;
    this.gatewayId = gatewayId;
    this.clock = clock;
    this.incarnation = clock.instant() + "/" + ProcessHandle.current().pid();
  }

  void settled(
      VersionAnnounced announced,
      State state,
      @Nullable DiffstreamException failure,
      Map<String, String> trace) {
    AliasTarget champion = announced.aliases().get("champion");
    GatewayResidency word =
        GatewayResidencyBuilder.builder()
            .gatewayId(gatewayId)
            .incarnation(incarnation)
            .taskId(announced.taskId())
            .baseDigest(champion == null ? null : champion.baseDigest())
            .generation(announced.generation())
            .version(champion == null ? 0 : champion.version())
            .digest(champion == null ? null : champion.digest())
            .state(state)
            .errorCode(failure == null ? null : FailureCode.of(failure.code()))
            .message(failure == null ? null : failure.reason())
            .build();
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

  /** Says once that this gateway stops; a broker that is away does not hold the stop up. */
  void farewell() {
    Encoded encoded =
        EventCodec.encode(
            new EventEnvelope<>(
                gatewayId + "/" + incarnation,
                "/diffstream/gateway/" + gatewayId,
                clock.instant(),
                Map.of(),
                new GatewayFarewell(gatewayId, incarnation, "stopping")));
    try {
      log.publish(Topics.RESIDENCY, new Message(gatewayId, encoded.headers(), encoded.value()));
    } catch (DiffstreamException e) {
      LOG.warn("the farewell was not sent: {}", e.getMessage());
    }
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

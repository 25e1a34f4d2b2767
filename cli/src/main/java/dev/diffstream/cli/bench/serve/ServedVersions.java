package dev.diffstream.cli.bench.serve;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * When each diff was announced and when it was served, as the events themselves say: the registry's
 * clock and the gateway's are one on this machine. For one thread.
 */
final class ServedVersions implements AutoCloseable {
  private static final Duration WAIT = Duration.ofMillis(50);

  private final Follower announcements;
  private final Follower residency;
  private final Follower runs;
  private final Map<String, Instant> announced = new HashMap<>();
  private final Map<String, Instant> served = new HashMap<>();

  ServedVersions(EventLog log) {
    this.announcements = log.follow(Topics.ANNOUNCEMENTS);
    this.residency = log.follow(Topics.RESIDENCY);
    this.runs = log.follow(Topics.RUNS);
  }

  /**
   * Waits until a gateway serves all of these diffs.
   *
   * @throws DiffstreamException the failure with which registry or gateway refused one, or
   *     DEADLINE_EXCEEDED
   */
  void await(Set<String> digests, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    Set<String> missing = new HashSet<>(digests);
    missing.removeAll(served.keySet());
    while (!missing.isEmpty()) {
      announcements.poll(Duration.ofMillis(1)).forEach(this::onAnnouncement);
      runs.poll(Duration.ofMillis(1)).forEach(ServedVersions::onRun);
      residency.poll(WAIT).forEach(this::onResidency);
      missing.removeAll(served.keySet());
      if (System.nanoTime() > deadline) {
        throw new DiffstreamException(
            ErrorCode.DEADLINE_EXCEEDED,
            "%d diffs are not served after %s; %d were announced; see registry.log and gateway.log"
                .formatted(missing.size(), limit, announced.size()));
      }
    }
    while (!announced.keySet().containsAll(digests)) {
      announcements.poll(WAIT).forEach(this::onAnnouncement);
    }
  }

  /** From the announcement to the moment at which requests get this diff's answers. */
  Duration announcedToServed(String digest) {
    Instant from = announced.get(digest);
    Instant to = served.get(digest);
    if (from == null || to == null) {
      throw new IllegalStateException(digest + " was not awaited");
    }
    return Duration.between(from, to);
  }

  private void onAnnouncement(Received received) {
    EventEnvelope<VersionAnnounced> event =
        EventCodec.decode(received.headers(), received.value()).as(VersionAnnounced.class);
    AliasTarget champion = event.data().aliases().get(AliasGeneration.CHAMPION);
    if (champion != null) {
      announced.putIfAbsent(champion.digest(), event.time());
    }
  }

  private static void onRun(Received received) {
    EventEnvelope<?> event = EventCodec.decode(received.headers(), received.value());
    if (event.data() instanceof RunFailed failed) {
      throw new DiffstreamException(
          failed.errorCode().orUnsupported(),
          failed.taskId() + " was not versioned: " + failed.message());
    }
  }

  private void onResidency(Received received) {
    EventEnvelope<?> event = EventCodec.decode(received.headers(), received.value());
    if (event.data() instanceof GatewayResidency residency) {
      if (residency.state() == GatewayResidency.State.FAILED) {
        ErrorCode code =
            residency.errorCode() == null
                ? ErrorCode.SELF_TEST_FAILED
                : residency.errorCode().orUnsupported();
        throw new DiffstreamException(code, residency.taskId() + ": " + residency.message());
      }
      String digest = residency.digest();
      if (residency.state() == GatewayResidency.State.LOADED && digest != null) {
        served.putIfAbsent(digest, event.time());
      }
    }
  }

  @Override
  public void close() {
    announcements.close();
    residency.close();
    runs.close();
  }
}

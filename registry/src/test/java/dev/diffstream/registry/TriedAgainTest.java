package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.telemetry.RegistryCounters;
import dev.diffstream.registry.telemetry.RegistrySpans;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.registry.VersionRecord;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What failed once gets its outcome when its cause is gone, without a restart. */
class TriedAgainTest {
  private static final int[] POSITIONS = {3, 8};
  private static final TaskId SONGS = new TaskId("songs");

  private final InMemoryBackends backends = new InMemoryBackends();

  /** How the store answers to reads of these keys now. */
  private final Map<String, ErrorCode> faults = new HashMap<>();

  private Instant now = InMemoryBackends.NOW;

  @Test
  void aDiffThatTheRegistryHadNoRightToReadBecomesAVersionAtTheSweepAfterIt() {
    DiffPublished event = publish("e1", 0.8);
    faults.put(ObjectKeys.diff(event.digest()), ErrorCode.DATA_FORBIDDEN);
    try (Registrar registrar = registrar()) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
      assertThat(versions()).isEmpty();
      assertThat(backends.events(Topics.RUNS, RunFailed.class))
          .as("the diff is not at fault")
          .isEmpty();
      assertThat(registrar.quarantine().entries(10))
          .extracting(entry -> entry.code())
          .containsExactly(ErrorCode.DATA_FORBIDDEN);

      faults.clear();
      sweep(registrar);
      assertThat(versions()).extracting(v -> v.event().id()).containsExactly("e1");
      assertThat(registrar.quarantine().size()).isZero();
    }
  }

  @Test
  void aVersionObjectThatIsRestoredIsNoLongerReportedAsMissing() {
    publish("e1", 0.8);
    publish("e2", 0.9);
    try (Registrar registrar = registrar()) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
    }
    String key = ObjectKeys.version(SONGS, 1);
    byte[] object = backends.store.get(key, 1 << 20).orElseThrow();
    backends.store.delete(key);
    try (Registrar registrar = registrar()) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
      assertThat(registrar.quarantine().contains(key)).isTrue();
      backends.store.put(key, object, Map.of());
      sweep(registrar);
      assertThat(registrar.quarantine().contains(key)).isFalse();
      assertThat(registrar.quarantine().entries(10)).isEmpty();
    }
  }

  /** Both runs have reports; the second must not be taken for one whose event was lost. */
  @Test
  void aDiffThatWaitsBehindAnotherOneIsNotLost() {
    DiffPublished first = publish("e1", 0.8);
    DiffPublished second = publish("e2", 0.9);
    backends.report(first);
    backends.report(second);
    faults.put(ObjectKeys.diff(first.digest()), ErrorCode.OVERLOADED);
    try (Registrar registrar = registrar()) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
      assertThat(versions()).isEmpty();
      faults.clear();
      now = now.plus(Duration.ofMinutes(10));
      registrar.step(Duration.ZERO);
      assertThat(versions()).extracting(v -> v.event().id()).containsExactly("e1", "e2");
    }
  }

  private void sweep(Registrar registrar) {
    now = now.plus(Registrar.SWEEP_INTERVAL);
    registrar.step(Duration.ZERO);
    registrar.step(Duration.ZERO);
  }

  private DiffPublished publish(String id, double score) {
    return backends.publish("songs", id, InMemoryBackends.diff("songs", POSITIONS, score));
  }

  private Registrar registrar() {
    return new Registrar(
        HookedStore.over(backends.store, this::failIfAsked),
        backends.log,
        InMemoryBackends.settings(),
        new RegistryCounters(),
        new RegistrySpans(OpenTelemetry.noop()),
        () -> now);
  }

  private void failIfAsked(String method, String key) {
    if (method.equals("get") && faults.containsKey(key)) {
      throw new DiffstreamException(Objects.requireNonNull(faults.get(key)), key + ": no answer");
    }
  }

  private List<VersionRecord> versions() {
    return new VersionLog(backends.store).versions(SONGS);
  }
}

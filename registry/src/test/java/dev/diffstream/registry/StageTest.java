package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.registry.telemetry.RegistryCounters;
import dev.diffstream.registry.telemetry.RegistrySpans;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.DiffPublishedBuilder;
import dev.diffstream.schemas.event.VersionAnnounced;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which published diffs ask for a version. */
class StageTest {
  private static final int[] POSITIONS = {3, 8};

  private final InMemoryBackends backends = new InMemoryBackends();
  private final RegistryCounters counters = new RegistryCounters();

  @ParameterizedTest
  @ValueSource(strings = {"provisional", "of-a-newer-program"})
  void aDiffThatAsksForNoVersionGetsNoneAndTheFinalOneOfItsRunDoes(String stage) {
    DiffPublished early = stored(0.8, stage);
    backends.report(early);
    backends.send(Topics.DIFFS, early, Map.of());
    run();
    assertThat(backends.registryObjects()).isEmpty();
    assertThat(backends.records(Topics.RUNS)).isEmpty();
    assertThat(backends.records(Topics.TASKS_DEAD_LETTERS)).isEmpty();
    assertThat(counters.withoutClaim().sum()).isPositive();

    backends.send(Topics.DIFFS, stored(0.9, null), Map.of());
    run();
    assertThat(backends.events(Topics.ANNOUNCEMENTS, VersionAnnounced.class)).hasSize(1);
  }

  @Test
  void aStageThatSaysFinalAsksForAVersion() {
    backends.send(Topics.DIFFS, stored(0.9, "final"), Map.of());
    run();
    assertThat(backends.events(Topics.ANNOUNCEMENTS, VersionAnnounced.class)).hasSize(1);
  }

  private DiffPublished stored(double score, @org.jspecify.annotations.Nullable String stage) {
    return DiffPublishedBuilder.builder(
            backends.stored("songs", "e1", InMemoryBackends.diff("songs", POSITIONS, score)))
        .stage(stage)
        .build();
  }

  private void run() {
    try (Registrar registrar =
        new Registrar(
            backends.store,
            backends.log,
            InMemoryBackends.settings(),
            counters,
            new RegistrySpans(OpenTelemetry.noop()),
            InstantSource.fixed(InMemoryBackends.NOW))) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
    }
  }
}

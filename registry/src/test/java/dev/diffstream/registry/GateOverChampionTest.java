package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.TaskSubmitted.Gate;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.run.RunReport.ChampionMetrics;
import dev.diffstream.schemas.run.RunReportBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** {@code gate.over: champion}, as the registry holds a run to it. */
class GateOverChampionTest {
  private static final int[] POSITIONS = {3, 8};
  private static final Gate OVER_CHAMPION = new Gate("champion", null);

  private final InMemoryBackends backends = new InMemoryBackends();

  @Test
  void aDiffWhoseReportShowsTooSmallAGainIsRefusedWithBothScores() {
    AliasTarget first = first(0.8);
    refused(
        learned("e2", 0.83, new Gate("champion", 0.05), comparedWith(first, 0.8)),
        "0.8300",
        "0.8000",
        "0.0500",
        "version 1");
    refused(learned("e3", 0.8, OVER_CHAMPION, comparedWith(first, 0.8)), "0.8000");
    assertThat(champion().version()).isEqualTo(1);
    learned("e4", 0.86, new Gate("champion", 0.05), comparedWith(first, 0.8));
    assertThat(champion().version()).isEqualTo(2);
  }

  @Test
  void aGainBelowZeroSaysByHowMuchItMayBeWorse() {
    AliasTarget first = first(0.8);
    refused(
        learned("e2", 0.77, new Gate("champion", -0.02), comparedWith(first, 0.8)),
        "must come up to",
        "0.8000",
        "but for 0.0200");
    learned("e3", 0.78, new Gate("champion", -0.02), comparedWith(first, 0.8));
    assertThat(champion().version()).isEqualTo(2);
  }

  /** On these rows the champion was worse than on its own. */
  @Test
  void theScoreOnTheSameRowsCountsWhileTheComparedVersionIsChampion() {
    AliasTarget first = first(0.9);
    learned("e2", 0.85, OVER_CHAMPION, comparedWith(first, 0.7));
    assertThat(champion().version()).isEqualTo(2);
  }

  @Test
  void aChampionThatCameSinceIsComparedByItsOwnScore() {
    AliasTarget first = first(0.8);
    learned("e2", 0.9, OVER_CHAMPION, comparedWith(first, 0.8));
    refused(
        learned("e3", 0.85, OVER_CHAMPION, comparedWith(first, 0.8)),
        "0.8500",
        "0.9000",
        "version 2",
        "own held-out rows",
        "version 1");
    assertThat(champion().version()).isEqualTo(2);
    learned("e4", 0.95, OVER_CHAMPION, comparedWith(first, 0.8));
    assertThat(champion().version()).isEqualTo(3);
  }

  @Test
  void aChampionWithAnotherMetricIsNotCompared() {
    DiffPublished other =
        backends.publish("songs", "e1", InMemoryBackends.maskedLanguageModel("songs", 0.95));
    run();
    AliasTarget gone = new AliasTarget(7, other.digest(), InMemoryBackends.BASE);
    learned("e2", 0.85, OVER_CHAMPION, comparedWith(gone, 0.7));
    assertThat(champion().version()).isEqualTo(2);
  }

  @Test
  void aChampionThatCameWhileARunLearnedWithoutOneIsCompared() {
    first(0.9);
    refused(
        learned("e2", 0.85, OVER_CHAMPION, null, InMemoryBackends.NOW.minusSeconds(1)),
        "0.9000",
        "compared with none");
    assertThat(champion().version()).isEqualTo(1);
  }

  @Test
  void withoutAChampionInTheReportTheWorkersWarningStands() {
    first(0.9);
    learned("e2", 0.85, OVER_CHAMPION, null);
    assertThat(champion().version()).isEqualTo(2);
  }

  @Test
  void aGateOverTheMajorityAsksNothingOfTheChampion() {
    AliasTarget first = first(0.9);
    learned("e2", 0.85, new Gate("majority", 0.1), comparedWith(first, 0.9));
    assertThat(champion().version()).isEqualTo(2);
  }

  private AliasTarget first(double score) {
    backends.publish("songs", "e1", InMemoryBackends.diff("songs", POSITIONS, score));
    run();
    return champion();
  }

  private static ChampionMetrics comparedWith(AliasTarget champion, double score) {
    return new ChampionMetrics(champion.version(), champion.digest(), Map.of("score", score));
  }

  /** A run that began when all versions so far were there. */
  private DiffPublished learned(
      String id, double score, Gate gate, @Nullable ChampionMetrics champion) {
    return learned(id, score, gate, champion, InMemoryBackends.NOW.plusSeconds(1));
  }

  /** A run publishes a diff with its report, and a registry settles it. */
  private DiffPublished learned(
      String id, double score, Gate gate, @Nullable ChampionMetrics champion, Instant started) {
    DiffPublished event =
        backends.stored("songs", id, InMemoryBackends.diff("songs", POSITIONS, score));
    backends.report(event);
    byte[] bytes = backends.store.get(event.report(), RunReport.MAX_BYTES).orElseThrow();
    RunReport report =
        RunReportBuilder.builder(Json.read(bytes, RunReport.class, event.report()))
            .gate(gate)
            .champion(champion)
            .started(started)
            .build();
    backends.store.put(event.report(), Json.write(report), Map.of());
    backends.send(Topics.DIFFS, event, Map.of());
    run();
    return event;
  }

  private void refused(DiffPublished event, String... words) {
    assertThat(backends.events(Topics.RUNS, RunFailed.class))
        .filteredOn(failed -> failed.runId().equals(event.runId()))
        .singleElement()
        .satisfies(
            failed -> {
              assertThat(failed.errorCode().is(ErrorCode.QUALITY_GATE_FAILED)).isTrue();
              assertThat(failed.message()).contains(words);
            });
    assertThat(backends.store.stat(ObjectKeys.refusal(event.runId(), 1))).isPresent();
  }

  private AliasTarget champion() {
    return Objects.requireNonNull(
        new AliasLog(backends.store, () -> InMemoryBackends.NOW)
            .newest(new TaskId("songs"))
            .orElseThrow()
            .champion());
  }

  private void run() {
    try (Registrar registrar = backends.registrar()) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
    }
  }
}

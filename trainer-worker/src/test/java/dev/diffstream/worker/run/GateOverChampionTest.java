package dev.diffstream.worker.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.Base;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.worker.RecordingLog;
import dev.diffstream.worker.RecordingStore;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.data.DataLimits;
import dev.diffstream.worker.data.DataLocation;
import dev.diffstream.worker.data.DataSetReader;
import dev.diffstream.worker.learning.diffpruning.DiffPruning;
import dev.diffstream.worker.training.Trainer;
import dev.diffstream.worker.training.TrainingEnvironment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code gate.over: champion} compares with the champion on the new task's held-out rows. */
class GateOverChampionTest {
  private static final Base BASE = TinyWorld.base();
  private static final String TASK = "\"taskId\":\"t\",\"gate\":{\"over\":\"champion\"},";

  private final RecordingStore store = new RecordingStore(new ArrayList<>());
  private final RecordingLog log = new RecordingLog(new ArrayList<>());
  private final TaskHandler handler =
      Trainer.handler(
          TrainingEnvironment.onProcessor()
              .workerId("w")
              .base(BASE)
              .store(store)
              .log(log)
              .dataSets(
                  new DataSetReader(store, new DataLocation("b", List.of()), DataLimits.DEFAULT))
              .methods(List.of(new DiffPruning(2)))
              .retry(new RetryPolicy(Duration.ZERO, new CountDownLatch(1)))
              .build());

  @AfterAll
  static void close() {
    BASE.close();
  }

  @BeforeEach
  void data() {
    store.put("tasks/t/data/good.jsonl", TinyWorld.learnable(160), Map.of());
    String renamed =
        new String(TinyWorld.learnable(160), UTF_8)
            .replace("\"positive\"", "\"a\"")
            .replace("\"negative\"", "\"z\"");
    store.put("tasks/t/data/renamed.jsonl", renamed.getBytes(UTF_8), Map.of());
    String swapped =
        new String(TinyWorld.learnable(160), UTF_8)
            .replace("\"positive\"", "\"x\"")
            .replace("\"negative\"", "\"positive\"")
            .replace("\"x\"", "\"negative\"");
    store.put("tasks/t/data/swapped.jsonl", swapped.getBytes(UTF_8), Map.of());
  }

  @Test
  void aDiffThatIsNoBetterThanTheChampionIsRefusedWithBothScores() {
    RunReport first = handle("first", TinyWorld.task("good.jsonl", ""));
    champion(3, Objects.requireNonNull(first.published()), BASE.digest());

    RunReport second = handle("second", overChampion("good.jsonl"));

    assertThat(Reports.code(second)).isEqualTo(ErrorCode.QUALITY_GATE_FAILED);
    RunReport.ChampionMetrics champion = Objects.requireNonNull(second.champion());
    assertThat(champion.version()).isEqualTo(3);
    assertThat(champion.metrics())
        .containsEntry("score", Objects.requireNonNull(first.metrics()).get("score"))
        .containsKeys("scoreLow", "scoreHigh", "accuracy");
    assertThat(Reports.message(second))
        .contains("version 3")
        .contains("%.4f".formatted(Objects.requireNonNull(second.metrics()).get("score")))
        .contains("%.4f".formatted(champion.metrics().get("score")));
    assertThat(BASE.currentDigest()).isEqualTo(BASE.digest());
  }

  @Test
  void aDiffThatIsBetterOnTheNewRowsIsPublished() {
    RunReport first = handle("first", TinyWorld.task("good.jsonl", ""));
    champion(1, Objects.requireNonNull(first.published()), BASE.digest());

    RunReport second = handle("second", overChampion("swapped.jsonl"));

    assertThat(second.outcome()).isEqualTo(RunReport.Outcome.PUBLISHED);
    assertThat(Objects.requireNonNull(second.champion()).metrics().get("score"))
        .isLessThan(Objects.requireNonNull(second.metrics()).get("score"));
  }

  @Test
  void aDiffThatIsAsGoodPassesWhereItMayBeWorse() {
    RunReport first = handle("first", TinyWorld.task("good.jsonl", ""));
    champion(1, Objects.requireNonNull(first.published()), BASE.digest());

    String task = overChampion("good.jsonl").replace("champion\"", "champion\",\"minGain\":-0.01");
    assertThat(handle("second", task).outcome()).isEqualTo(RunReport.Outcome.PUBLISHED);
  }

  /** The event of a retraining: old data, and corrections of every text. */
  @Test
  void whatWasCorrectedIsLearnedInPlaceOfTheOldLabels() {
    RunReport first = handle("first", TinyWorld.task("good.jsonl", ""));
    champion(1, Objects.requireNonNull(first.published()), BASE.digest());
    String corrections = ObjectKeys.correctionsThrough(new TaskId("t"), 160);
    store.put(
        corrections, store.get("tasks/t/data/swapped.jsonl", 1 << 20).orElseThrow(), Map.of());

    String file = "\"tasks/t/data/good.jsonl\"";
    String task =
        overChampion("good.jsonl").replace(file, "[" + file + ",\"" + corrections + "\"]");
    RunReport second = handle("second", task);

    assertThat(second.outcome()).isEqualTo(RunReport.Outcome.PUBLISHED);
    assertThat(second.warnings()).anyMatch(warning -> warning.startsWith("160 rows were left out"));
    assertThat(Objects.requireNonNull(second.task()).at("/data/train/1").asText())
        .isEqualTo(corrections);
  }

  @Test
  void labelsThatTheChampionDoesNotHaveAreNeverItsAnswer() {
    RunReport first = handle("first", TinyWorld.task("good.jsonl", ""));
    champion(1, Objects.requireNonNull(first.published()), BASE.digest());

    RunReport second = handle("second", overChampion("renamed.jsonl"));

    assertThat(second.outcome()).isEqualTo(RunReport.Outcome.PUBLISHED);
    assertThat(Objects.requireNonNull(second.champion()).metrics()).containsEntry("score", 0.0);
  }

  @Test
  void withoutAChampionTheGateIsOverTheMajority() {
    RunReport report = handle("first", overChampion("good.jsonl"));
    assertThat(report.outcome()).isEqualTo(RunReport.Outcome.PUBLISHED);
    assertThat(report.champion()).isNull();
    assertThat(report.warnings()).isEmpty();
  }

  @Test
  void aChampionOfAnotherBaseIsAWarning() {
    RunReport first = handle("first", TinyWorld.task("good.jsonl", ""));
    champion(2, Objects.requireNonNull(first.published()), "0".repeat(64));

    RunReport second = handle("second", overChampion("good.jsonl"));

    assertThat(second.outcome()).isEqualTo(RunReport.Outcome.PUBLISHED);
    assertThat(second.champion()).isNull();
    assertThat(second.warnings()).singleElement().asString().contains("version 2").contains("base");
  }

  @Test
  void aChampionWhoseDiffIsMissingIsAWarning() {
    RunReport first = handle("first", TinyWorld.task("good.jsonl", ""));
    DiffPublished published = Objects.requireNonNull(first.published());
    champion(1, published, BASE.digest());
    store.put(ObjectKeys.diff(published.digest()), new byte[] {1}, Map.of());

    RunReport second = handle("second", overChampion("renamed.jsonl"));

    assertThat(second.outcome()).isEqualTo(RunReport.Outcome.PUBLISHED);
    assertThat(second.warnings()).singleElement().asString().contains("SHA-256");
  }

  private void champion(long version, DiffPublished published, String baseDigest) {
    AliasGeneration generation =
        new AliasGeneration(
            "t",
            version,
            Map.of("champion", new AliasTarget(version, published.digest(), baseDigest)),
            version,
            null,
            null,
            Instant.EPOCH);
    store.put(ObjectKeys.aliases(new TaskId("t"), version), Json.write(generation), Map.of());
  }

  private static String overChampion(String file) {
    return TinyWorld.task(file, "").replace("\"taskId\":\"t\",", TASK);
  }

  private RunReport handle(String id, String task) {
    handler.handle(
        new Received(Topics.TASKS, 0, 0, "t", TinyWorld.taskHeaders(id), task.getBytes(UTF_8)),
        () -> true);
    return Reports.of(store, RunIds.of("/test", id));
  }
}

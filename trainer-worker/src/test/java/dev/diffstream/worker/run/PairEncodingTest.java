package dev.diffstream.worker.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.Base;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.worker.RecordingLog;
import dev.diffstream.worker.RecordingStore;
import dev.diffstream.worker.TinyPairs;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.data.DataLimits;
import dev.diffstream.worker.data.DataLocation;
import dev.diffstream.worker.data.DataSetReader;
import dev.diffstream.worker.learning.diffpruning.DiffPruning;
import dev.diffstream.worker.training.ProvisionalTrainer;
import dev.diffstream.worker.training.Trainer;
import dev.diffstream.worker.training.TrainingEnvironment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How pairs are read: as the event says, or as does better on the dev rows. */
class PairEncodingTest {
  private final RecordingStore store = new RecordingStore(new ArrayList<>());
  private final RecordingLog log = new RecordingLog(new ArrayList<>());

  @BeforeEach
  void data() {
    store.put("tasks/t/data/both.jsonl", TinyPairs.saidByBoth(160), Map.of());
    store.put("tasks/t/data/end.jsonl", TinyPairs.saidAtTheEnd(160), Map.of());
    store.put("tasks/t/data/good.jsonl", TinyWorld.learnable(160), Map.of());
  }

  @Test
  void autoTakesJointWhereItAloneSeesTheLabel() {
    try (Base base = TinyPairs.baseOfOneNumber()) {
      RunReport report = run(base, "e", TinyPairs.task("both.jsonl", "auto"));

      DiffMetadata metadata = published(report);
      assertThat(metadata.pairEncoding()).isEqualTo("joint");
      assertThat(metadata.features()).isEqualTo("joint");
      assertThat(report.settings()).containsEntry("pairEncoding", "joint");
      Map<String, Double> seen = Objects.requireNonNull(report.training());
      assertThat(seen.get("jointHeadDevScore")).isGreaterThan(0.9);
      assertThat(seen).containsKey("jointTrainedDevScore");
      assertThat(seen.get("separateHeadDevScore")).isLessThan(0.8);
      assertThat(seen.get("separateTrainedDevScore")).isLessThan(0.8);
      assertThat(Objects.requireNonNull(report.metrics()).get("accuracy")).isGreaterThan(0.9);
      assertThat(base.currentDigest()).isEqualTo(base.digest());
    }
  }

  @Test
  void autoKeepsSeparateWhereJointCutsOffTheLabel() {
    try (Base base = TinyWorld.base()) {
      RunReport report = run(base, "e", TinyPairs.task("end.jsonl", "auto"));

      DiffMetadata metadata = published(report);
      assertThat(metadata.pairEncoding()).isEqualTo("separate");
      assertThat(metadata.features()).isEqualTo("pair");
      assertThat(report.settings()).containsEntry("pairEncoding", "separate");
      assertThat(report.training())
          .containsKeys("jointHeadDevScore", "jointTrainedDevScore", "separateHeadDevScore");
      assertThat(Objects.requireNonNull(report.metrics()).get("accuracy")).isGreaterThan(0.9);
      assertThat(base.currentDigest()).isEqualTo(base.digest());
    }
  }

  @Test
  void autoGivesTheSameBytesAgain() {
    try (Base base = TinyPairs.baseOfOneNumber()) {
      String task = TinyPairs.task("both.jsonl", "auto");
      RunReport once = run(base, "once", task);
      RunReport again = run(base, "again", task);
      assertThat(Objects.requireNonNull(again.published()).digest())
          .isEqualTo(Objects.requireNonNull(once.published()).digest());
    }
  }

  @Test
  void whatIsNotSaidIsSeparate() {
    try (Base base = TinyWorld.base()) {
      String task = TinyPairs.task("end.jsonl", "auto").replace("\"pairEncoding\":\"auto\",", "");
      RunReport report = run(base, "e", task);
      assertThat(published(report).pairEncoding()).isEqualTo("separate");
      assertThat(report.training()).doesNotContainKey("jointHeadDevScore");
    }
  }

  @Test
  void pairsThatAreCutTogetherAreCounted() {
    try (Base base = TinyPairs.baseOfOneNumber()) {
      String task =
          TinyPairs.task("both.jsonl", "joint")
              .replace("\"settings\":{", "\"settings\":{\"maxTokens\":12,");
      RunReport report = run(base, "e", task);
      assertThat(report.warnings())
          .contains("160 pairs of texts were cut to 12 tokens for both texts together");
      assertThat(published(report).maxTokens()).isEqualTo(12);
    }
  }

  @Test
  void aPairEncodingOfSingleTextsIsRefused() {
    try (Base base = TinyWorld.base()) {
      for (String asked : List.of("joint", "separate", "auto")) {
        String task =
            TinyPairs.task("good.jsonl", asked).replace("pair-classification", "classification");
        RunReport report = run(base, asked, task);
        assertThat(Reports.code(report)).isEqualTo(ErrorCode.INVALID_EVENT);
        assertThat(Reports.message(report))
            .contains(
                "pairEncoding %s needs the objective pair-classification or pair-regression, got classification"
                    .formatted(asked));
      }
    }
  }

  @Test
  void anUnknownPairEncodingIsRefusedWithTheKnownOnes() {
    try (Base base = TinyWorld.base()) {
      String task = TinyPairs.task("both.jsonl", "crossed");
      Trainer.handler(environment(base)).handle(event(base, "e", task), () -> true);
      RunReport report = Reports.of(store, RunIds.ofPlace(Topics.work(base.digest()), 0, 0));
      assertThat(Reports.code(report)).isEqualTo(ErrorCode.INVALID_EVENT);
      assertThat(Reports.message(report))
          .contains("pairEncoding")
          .contains("separate", "joint", "auto");
    }
  }

  @Test
  void jointWithoutRoomForTwoTextsIsRefusedAndAutoIsSeparate() {
    try (Base base = TinyWorld.base()) {
      RunReport report = run(base, "joint", fourTokens(TinyPairs.task("both.jsonl", "joint")));
      assertThat(Reports.code(report)).isEqualTo(ErrorCode.INVALID_EVENT);
      assertThat(Reports.message(report))
          .contains(
              "pairEncoding joint reads two texts in one sequence of at least 5 tokens, but settings.maxTokens is 4");

      RunReport auto = run(base, "auto", fourTokens(TinyPairs.task("both.jsonl", "auto")));
      assertThat(published(auto).pairEncoding()).isEqualTo("separate");
    }
  }

  private static String fourTokens(String task) {
    return task.replace("\"settings\":{", "\"settings\":{\"maxTokens\":4,");
  }

  @Test
  void aChampionIsComparedAsItReadsItsPairs() {
    try (Base base = TinyWorld.base()) {
      RunReport first = run(base, "first", TinyPairs.task("end.jsonl", "separate"));
      champion(Objects.requireNonNull(first.published()), base.digest());
      String second =
          TinyPairs.task("end.jsonl", "joint")
              .replace("\"taskId\"", "\"gate\":{\"over\":\"champion\"},\"taskId\"");

      RunReport report = run(base, "second", second);

      assertThat(report.settings()).containsEntry("pairEncoding", "joint");
      assertThat(Objects.requireNonNull(report.champion()).metrics())
          .containsEntry("score", Objects.requireNonNull(first.metrics()).get("score"));
    }
  }

  @Test
  void aProvisionalReadsPairsAsItsHeadDoesBetter() {
    try (Base base = TinyPairs.baseOfOneNumber()) {
      ProvisionalTrainer.handler(environment(base))
          .handle(event(base, "e", TinyPairs.task("both.jsonl", "auto")), () -> true);
      DiffPublished sent = log.events(Topics.DIFFS, DiffPublished.class).getFirst();
      assertThat(sent.stage()).isEqualTo(DiffPublished.PROVISIONAL);
      assertThat(metadata(sent).pairEncoding()).isEqualTo("joint");
    }
  }

  private DiffMetadata published(RunReport report) {
    assertThat(report.outcome())
        .as(String.valueOf(report.failure()))
        .isEqualTo(RunReport.Outcome.PUBLISHED);
    return metadata(Objects.requireNonNull(report.published()));
  }

  private DiffMetadata metadata(DiffPublished published) {
    return DiffReader.read(store.get(ObjectKeys.diff(published.digest()), 1 << 20).orElseThrow())
        .metadata();
  }

  private RunReport run(Base base, String event, String task) {
    Trainer.handler(environment(base)).handle(event(base, event, task), () -> true);
    return Reports.of(store, RunIds.of("/test", event));
  }

  private static Received event(Base base, String id, String task) {
    return new Received(
        Topics.work(base.digest()), 0, 0, "t", TinyWorld.taskHeaders(id), task.getBytes(UTF_8));
  }

  private TrainingEnvironment environment(Base base) {
    return TrainingEnvironment.onProcessor()
        .workerId("w")
        .base(base)
        .store(store)
        .log(log)
        .dataSets(new DataSetReader(store, new DataLocation("b", List.of()), DataLimits.DEFAULT))
        .methods(List.of(new DiffPruning(2)))
        .retry(new RetryPolicy(Duration.ZERO, new CountDownLatch(1)))
        .build();
  }

  private void champion(DiffPublished published, String baseDigest) {
    AliasGeneration generation =
        new AliasGeneration(
            "t",
            1,
            Map.of("champion", new AliasTarget(1, published.digest(), baseDigest)),
            1,
            null,
            null,
            Instant.EPOCH);
    store.put(ObjectKeys.aliases(new TaskId("t"), 1), Json.write(generation), Map.of());
  }
}

package dev.diffstream.worker.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.base.Base;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasGenerationBuilder;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.run.ProvisionalReport;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.worker.RecordingLog;
import dev.diffstream.worker.RecordingStore;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.data.DataLimits;
import dev.diffstream.worker.data.DataLocation;
import dev.diffstream.worker.data.DataSetReader;
import dev.diffstream.worker.learning.diffpruning.DiffPruning;
import dev.diffstream.worker.training.ProvisionalTrainer;
import dev.diffstream.worker.training.Trainer;
import dev.diffstream.worker.training.TrainingEnvironment;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Heads alone: when one is made, and that nothing about them touches the run. */
class ProvisionalHandlerTest {
  private static final Base BASE = TinyWorld.base();
  private static final String RUN = RunIds.of("/test", "e");
  private static final String REPORT = ObjectKeys.provisional(RUN);

  private final List<String> journal = Collections.synchronizedList(new ArrayList<>());
  private final RecordingStore store = new RecordingStore(journal);
  private final RecordingLog log = new RecordingLog(journal);
  private final CountDownLatch stopped = new CountDownLatch(1);

  @AfterAll
  static void close() {
    BASE.close();
  }

  @BeforeEach
  void data() {
    put("good.jsonl", TinyWorld.learnable(160));
    put("noise.jsonl", TinyWorld.noise(160));
    put("few.jsonl", TinyWorld.learnable(19));
    journal.clear();
  }

  private void put(String file, byte[] bytes) {
    store.put("tasks/t/data/" + file, bytes, Map.of());
  }

  private TrainingEnvironment environment() {
    return TrainingEnvironment.onProcessor()
        .workerId("w-1")
        .base(BASE)
        .store(store)
        .log(log)
        .dataSets(new DataSetReader(store, new DataLocation("b", List.of()), DataLimits.DEFAULT))
        .methods(List.of(new DiffPruning(2)))
        .retry(new RetryPolicy(Duration.ZERO, stopped))
        .build();
  }

  private ProvisionalHandler handler() {
    return ProvisionalTrainer.handler(environment());
  }

  private static Received event(String task) {
    return new Received(
        Topics.work(BASE.digest()), 0, 0, "t", TinyWorld.taskHeaders("e"), task.getBytes(UTF_8));
  }

  private static String task(String file) {
    return TinyWorld.task(file, "");
  }

  private ProvisionalReport report() {
    return Json.read(store.get(REPORT, 1 << 20).orElseThrow(), ProvisionalReport.class, REPORT);
  }

  @Test
  void warmingUpLearnsAHeadAndKeepsNothing() {
    ProvisionalTrainer.warmUp(environment());
    assertThat(journal).as("what was asked of store and log").isEmpty();
    assertThat(BASE.currentDigest()).isEqualTo(BASE.digest());
  }

  private void assertFailure(ErrorCode code) {
    assertThat(report().failure())
        .extracting(RunReport.Failure::errorCode)
        .isEqualTo(FailureCode.of(code));
  }

  private List<DiffPublished> published() {
    return log.events(Topics.DIFFS, DiffPublished.class);
  }

  @Test
  void theHeadIsDurableThenItsReportThenItIsAnnounced() {
    handler().handle(event(task("good.jsonl")), () -> true);

    DiffPublished published = published().getFirst();
    assertThat(journal)
        .containsExactly(
            "put " + ObjectKeys.diff(published.digest()), "put " + REPORT, "send " + Topics.DIFFS);
    assertThat(published.stage()).isEqualTo(DiffPublished.PROVISIONAL);
    assertThat(published.claimsVersion()).isFalse();
    assertThat(report().published()).isEqualTo(published);
    Diff diff =
        DiffReader.read(store.get(ObjectKeys.diff(published.digest()), 1 << 20).orElseThrow());
    assertThat(diff.tensors()).isEmpty();
    assertThat(diff.metadata().method()).isEqualTo("head-only");
    assertThat(diff.metadata().metrics().get("score"))
        .isGreaterThan(diff.metadata().metrics().get("majority"));
    assertThat(BASE.currentDigest()).isEqualTo(BASE.digest());
  }

  @Test
  void aSecondDeliveryAnnouncesTheSameAgain() {
    handler().handle(event(task("good.jsonl")), () -> true);
    journal.clear();
    handler().handle(event(task("good.jsonl")), () -> true);

    assertThat(journal).containsExactly("send " + Topics.DIFFS);
    assertThat(published()).hasSize(2);
    assertThat(published().get(1)).isEqualTo(published().get(0));
  }

  @Test
  void noneIsMadeWhereTheEventWantsNone() {
    String task = task("good.jsonl").replace("\"taskId\"", "\"provisional\":\"never\",\"taskId\"");
    handler().handle(event(task), () -> true);
    assertThat(journal).isEmpty();
  }

  @Test
  void noneIsMadeOfAnEventThatCannotBeRead() {
    handler().handle(event("{\"taskId\":\"t\"}"), () -> true);
    assertThat(journal).isEmpty();
  }

  @Test
  void noneIsMadeForATaskThatHasAChampion() {
    AliasGeneration served =
        AliasGenerationBuilder.builder()
            .taskId("t")
            .generation(1)
            .aliases(
                Map.of(
                    AliasGeneration.CHAMPION,
                    new AliasTarget(1, "0".repeat(64), BASE.digest(), null)))
            .decidedThrough(1)
            .created(Instant.EPOCH)
            .build();
    store.put(ObjectKeys.aliases(new TaskId("t"), 1), Json.write(served), Map.of());
    journal.clear();
    handler().handle(event(task("good.jsonl")), () -> true);
    assertThat(journal).isEmpty();
  }

  @Test
  void noneIsMadeBehindItsRun() {
    Trainer.handler(environment()).handle(event(task("good.jsonl")), () -> true);
    journal.clear();
    handler().handle(event(task("good.jsonl")), () -> true);
    assertThat(journal).isEmpty();
  }

  @Test
  void aHeadThatIsNoBetterThanTheMajorityIsNotPublishedAndTheRunTellsWhy() {
    String task =
        task("noise.jsonl").replace("\"taskId\"", "\"gate\":{\"minGain\":0.9},\"taskId\"");
    handler().handle(event(task), () -> true);

    assertThat(published()).isEmpty();
    assertFailure(ErrorCode.QUALITY_GATE_FAILED);

    Trainer.handler(environment()).handle(event(task), () -> true);
    String key = ObjectKeys.report(RUN, 1);
    RunReport run = Json.read(store.get(key, 1 << 20).orElseThrow(), RunReport.class, key);
    assertThat(run.provisional()).isEqualTo(report());
  }

  @Test
  void dataThatTheRunWillRefuseIsNotedOnce() {
    handler().handle(event(task("few.jsonl")), () -> true);
    assertThat(journal).containsExactly("put " + REPORT);
    assertFailure(ErrorCode.TOO_FEW_EXAMPLES);
  }

  @Test
  void anEventWhoseLockIsLostGoesBack() {
    assertThatThrownBy(() -> handler().handle(event(task("good.jsonl")), () -> false))
        .isInstanceOf(RunInterruptedException.class);
    assertThat(journal).isEmpty();
  }

  @Test
  void aFaultOfTheProgramIsNoMatterOfTheRun() {
    failing(new IllegalStateException("a defect")).handle(event(task("good.jsonl")), () -> true);
    assertThat(journal).isEmpty();
  }

  @Test
  void aStoreThatStaysAwayEndsTheTry() {
    failing(new DiffstreamException(ErrorCode.OUTCOME_UNKNOWN, "away"))
        .handle(event(task("good.jsonl")), () -> true);
    assertThat(store.stat(REPORT)).as("another try may succeed").isEmpty();
  }

  private ProvisionalHandler failing(RuntimeException failure) {
    ProvisionalLearner learner =
        new ProvisionalLearner() {
          @Override
          public boolean canLearn(TaskSubmitted task) {
            return true;
          }

          @Override
          public Learned learn(TaskSubmitted task, RunGuard guard) {
            throw failure;
          }
        };
    RunEnvironment environment =
        new RunEnvironment(
            "w-1",
            "cpu",
            "test",
            store,
            log,
            new RetryPolicy(Duration.ZERO, stopped),
            OpenTelemetry.noop(),
            InstantSource.system());
    return new ProvisionalHandler(environment, learner, new Precedence());
  }
}

package dev.diffstream.worker.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.base.Base;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.signature.SigningKey;
import dev.diffstream.schemas.signature.TrustedKeys;
import dev.diffstream.worker.RecordingLog;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.data.DataLimits;
import dev.diffstream.worker.data.DataLocation;
import dev.diffstream.worker.data.DataSetReader;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningMethod;
import dev.diffstream.worker.learning.LearningProgress;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.checkpoint.Checkpoints;
import dev.diffstream.worker.learning.diffpruning.DiffPruning;
import dev.diffstream.worker.learning.steps.DevScore;
import dev.diffstream.worker.learning.steps.Meter;
import dev.diffstream.worker.training.DamagedBaseError;
import dev.diffstream.worker.training.Trainer;
import dev.diffstream.worker.training.TrainingEnvironment;
import dev.diffstream.worker.training.TrainingEnvironmentBuilder;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a run refuses, warns of, resumes and leaves behind. */
class TrainerTest {
  private static final String RUN = RunIds.of("/test", "e");

  private final Base base = TinyWorld.base();
  private final MemoryObjectStore store = new MemoryObjectStore();
  private final RecordingLog log = new RecordingLog(new ArrayList<>());
  private final CountDownLatch stopped = new CountDownLatch(1);

  @BeforeEach
  void data() {
    store.put("tasks/t/data/good.jsonl", TinyWorld.learnable(160), Map.of());
  }

  @AfterEach
  void close() {
    base.close();
  }

  @Test
  void aDensityAboveTheRegistrysLimitIsRefusedBeforeAnythingIsRead() {
    handle(environment().maxDensity(0.04), TinyWorld.task("missing.jsonl", ""));
    assertThat(Reports.code(report())).isEqualTo(ErrorCode.DENSITY_EXCEEDED);
    assertThat(Reports.message(report())).contains("0.05").contains("0.04");
  }

  @Test
  void aDiffThatNobodyWouldTrustIsNotTrained() {
    SigningKey trusted = SigningKey.generate();
    TrustedKeys keys = new TrustedKeys(List.of(trusted.verificationKey()));
    for (TrainingEnvironmentBuilder environment :
        List.of(environment(), environment().signingKey(SigningKey.generate()))) {
      handle(environment.trustedKeys(keys), TinyWorld.task("missing.jsonl", ""));
      assertThat(Reports.code(report())).isEqualTo(ErrorCode.SIGNATURE_INVALID);
      assertThat(Reports.message(report())).contains("diffstream.worker.signing-key");
    }
    handle(environment().trustedKeys(keys).signingKey(trusted), good());
    assertThat(report().outcome()).isEqualTo(RunReport.Outcome.PUBLISHED);
  }

  @Test
  void theDensityThatAutoChoseStandsInTheReportAsANumber() {
    String auto = good().replace("\"density\":0.05", "\"density\":\"auto\"");
    handle(environment(), auto);
    String density = Objects.requireNonNull(report().settings()).get("density");
    assertThat(Double.parseDouble(Objects.requireNonNull(density))).isBetween(0.001, 0.01);
  }

  @Test
  void whatTheEventSaysInVainIsWarnedOfInItsOrder() {
    String task =
        good()
            .replace(
                "{\"taskId\"",
                "{\"presicion\":\"fp16\",\"onInvalidRecords\":\"skip\","
                    + "\"start\":\"nearest\",\"policy\":\"auto\",\"provisional\":\"auto\","
                    + "\"gate\":{\"leastGain\":0,\"least\":1},\"taskId\"");
    handle(environment(), task);
    assertThat(report().warnings())
        .containsExactly(
            "unknown field was ignored: /presicion",
            "unknown field was ignored: /onInvalidRecords",
            "unknown field was ignored: /gate/least",
            "start nearest was ignored: learning starts at zero",
            "policy auto was ignored: the task is trained");
  }

  @Test
  void manyUnknownFieldsAreCounted() {
    StringBuilder fields = new StringBuilder();
    for (int i = 0; i < 500; i++) {
      fields.append("\"field").append(i).append("\":1,");
    }
    handle(environment(), good().replace("\"taskId\"", fields + "\"taskId\""));
    assertThat(report().warnings()).hasSize(21).last().asString().contains("480 more");
  }

  @Test
  void aStateOfAnotherProgramIsNotResumedAndTheReportSaysSo() {
    interruptInStage3();
    String key = checkpoint();
    byte[] state = store.get(key, 1 << 28).orElseThrow();
    int at = new String(state, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("build-") + 6;
    state[at] = (byte) (state[at] == '0' ? '1' : '0');
    store.put(key, state, Map.of());

    handle(environment().checkpointInterval(Duration.ZERO), good());

    assertThat(report().outcome()).isEqualTo(RunReport.Outcome.PUBLISHED);
    assertThat(report().training()).doesNotContainKey("resumed");
    assertThat(report().warnings())
        .singleElement()
        .asString()
        .contains("from its beginning")
        .contains("another program");
  }

  @Test
  void aStateOfTheSameProgramIsResumed() {
    interruptInStage3();
    handle(environment().checkpointInterval(Duration.ZERO), good());
    assertThat(report().outcome()).isEqualTo(RunReport.Outcome.PUBLISHED);
    assertThat(report().training()).containsEntry("resumed", 1.0);
    assertThat(report().warnings()).isEmpty();
  }

  @Test
  void aStateWithOtherSectionsIsNotResumedEither() {
    LearningMethod changed =
        new Wrapped() {
          @Override
          public LearnedDiff learn(
              LearningTask task, LearningProgress progress, Checkpoints checkpoints) {
            checkpoints.save("learning-mask", out -> out.doubles("renamed", 1));
            stopped.countDown();
            progress.report(dev.diffstream.schemas.event.Phase.LEARNING_MASK, 1, 2, 0, 0.5);
            throw new AssertionError("the run was not interrupted");
          }
        };
    assertThatThrownBy(
            () ->
                handle(
                    environment()
                        .methods(List.of(changed))
                        .retry(new RetryPolicy(Duration.ZERO, stopped)),
                    good()))
        .isInstanceOf(RunInterruptedException.class);

    handle(environment(), good());

    assertThat(report().outcome()).isEqualTo(RunReport.Outcome.PUBLISHED);
    assertThat(report().attempt()).isEqualTo(2);
    assertThat(report().warnings()).singleElement().asString().contains("renamed");
    assertThat(base.currentDigest()).isEqualTo(base.digest());
  }

  @Test
  void aRunThatLeavesTheBaseChangedEndsTheProcess() {
    FloatBuffer values = base.parameters().getFirst().values();
    float before = values.get(0);
    LearningMethod damaging =
        new Wrapped() {
          @Override
          public LearnedDiff learn(
              LearningTask task, LearningProgress progress, Checkpoints checkpoints) {
            values.put(0, before + 1);
            throw new IllegalStateException("a defect");
          }
        };
    assertThatThrownBy(() -> handle(environment().methods(List.of(damaging)), good()))
        .isInstanceOf(DamagedBaseError.class)
        .hasMessageContaining(base.digest());
    TaskHandler idle = Trainer.handler(environment().build());
    assertThatThrownBy(idle::verifyState).isInstanceOf(DamagedBaseError.class);
    values.put(0, before);
    idle.verifyState();
  }

  @Test
  void aStopIsNoticedWhileDataIsReadAndWhileItIsEvaluated() {
    stopped.countDown();
    assertThatThrownBy(
            () -> handle(environment().retry(new RetryPolicy(Duration.ZERO, stopped)), good()))
        .isInstanceOf(RunInterruptedException.class);

    AtomicBoolean lockHeld = new AtomicBoolean(true);
    LearningMethod evaluating =
        new Wrapped() {
          @Override
          public LearnedDiff learn(
              LearningTask task, LearningProgress progress, Checkpoints checkpoints) {
            lockHeld.set(false);
            new DevScore(task, new Meter(1, progress)).of(task.newHead());
            throw new AssertionError("the evaluation was not interrupted");
          }
        };
    assertThatThrownBy(
            () ->
                Trainer.handler(environment().methods(List.of(evaluating)).build())
                    .handle(event(good()), lockHeld::get))
        .isInstanceOf(RunInterruptedException.class);
  }

  /** A first attempt that is stopped when the best mask is being trained. */
  private void interruptInStage3() {
    CountDownLatch stop = new CountDownLatch(1);
    LearningMethod interrupted =
        new Wrapped() {
          @Override
          public LearnedDiff learn(
              LearningTask task, LearningProgress progress, Checkpoints checkpoints) {
            return new DiffPruning(2)
                .learn(
                    task,
                    (phase, step, steps, loss, share) -> {
                      if (share > 0.9) {
                        stop.countDown();
                      }
                      progress.report(phase, step, steps, loss, share);
                    },
                    checkpoints);
          }
        };
    assertThatThrownBy(
            () ->
                handle(
                    environment()
                        .methods(List.of(interrupted))
                        .checkpointInterval(Duration.ZERO)
                        .retry(new RetryPolicy(Duration.ZERO, stop)),
                    good()))
        .isInstanceOf(RunInterruptedException.class);
  }

  private String checkpoint() {
    try (Stream<String> keys = store.list(ObjectKeys.checkpoints(RUN))) {
      return keys.toList().getLast();
    }
  }

  private TrainingEnvironmentBuilder environment() {
    return TrainingEnvironment.onProcessor()
        .workerId("w")
        .base(base)
        .store(store)
        .log(log)
        .dataSets(new DataSetReader(store, new DataLocation("b", List.of()), DataLimits.DEFAULT))
        .methods(List.of(new DiffPruning(2)))
        .retry(new RetryPolicy(Duration.ZERO, new CountDownLatch(1)));
  }

  private static void handle(TrainingEnvironmentBuilder environment, String task) {
    Trainer.handler(environment.build()).handle(event(task), () -> true);
  }

  private static long offset;

  /** Each at a place of its own, so that a failure before does not answer for it. */
  private static Received event(String task) {
    return new Received(
        Topics.TASKS, 0, offset++, "t", TinyWorld.taskHeaders("e"), task.getBytes(UTF_8));
  }

  private static String good() {
    return TinyWorld.task("good.jsonl", "");
  }

  private RunReport report() {
    return Reports.of(store, RUN);
  }

  private abstract static class Wrapped implements LearningMethod {
    @Override
    public String name() {
      return "diff-pruning";
    }
  }
}

package dev.diffstream.worker.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.Base;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunProgressed;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.run.AttemptBegun;
import dev.diffstream.schemas.run.RunControl;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport.Outcome;
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
import dev.diffstream.worker.training.Trainer;
import dev.diffstream.worker.training.TrainingEnvironment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs that somebody pauses, resumes and cancels while they are learned. */
class SteeredRunTest {
  private static final long SEED = 20261130;
  private static final String RUN = RunIds.of("/test", "e");

  private final Base base = TinyWorld.base();
  private final MemoryObjectStore memory = new MemoryObjectStore();
  private final RecordingLog log = new RecordingLog(new ArrayList<>());
  private final Semaphore looks = new Semaphore(0);

  /** Lets the test know whenever somebody has looked at what was asked of the run. */
  private final ObjectStore store =
      (ObjectStore)
          Proxy.newProxyInstance(
              ObjectStore.class.getClassLoader(),
              new Class<?>[] {ObjectStore.class},
              (proxy, method, arguments) -> {
                try {
                  Object result = method.invoke(memory, arguments);
                  if (method.getName().equals("get")
                      && arguments[0].toString().startsWith(ObjectKeys.controlPrefix(RUN))) {
                    looks.release();
                  }
                  return result;
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });

  @AfterEach
  void close() {
    base.close();
  }

  private void put(long number, String action) {
    RunControl control =
        new RunControl(RUN, number, action, "ada", "r-" + number, "the night", Instant.EPOCH);
    memory.put(ObjectKeys.control(RUN, number), Json.write(control), Map.of());
  }

  /** Learns as ever; somebody asks for {@code action} after the given step. */
  private LearningMethod asking(String action, int atStep) {
    return new LearningMethod() {
      private int steps;

      @Override
      public String name() {
        return "diff-pruning";
      }

      @Override
      public LearnedDiff learn(
          LearningTask task, LearningProgress progress, Checkpoints checkpoints) {
        return new DiffPruning(2)
            .learn(
                task,
                (phase, step, all, loss, share) -> {
                  steps++;
                  if (steps == atStep) {
                    put(1, action);
                    awaitLook();
                  }
                  progress.report(phase, step, all, loss, share);
                },
                checkpoints);
      }
    };
  }

  private void awaitLook() {
    try {
      assertThat(looks.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    Thread.onSpinWait();
  }

  private void handle(ObjectStore where, LearningMethod method, Map<String, String> admission) {
    Map<String, String> headers = new HashMap<>(TinyWorld.taskHeaders("e"));
    headers.putAll(admission);
    byte[] task = TinyWorld.task("good.jsonl", "").getBytes(UTF_8);
    Trainer.handler(
            TrainingEnvironment.onProcessor()
                .workerId("w")
                .base(base)
                .store(where)
                .log(log)
                .dataSets(
                    new DataSetReader(where, new DataLocation("b", List.of()), DataLimits.DEFAULT))
                .methods(List.of(method))
                .retry(new RetryPolicy(Duration.ZERO, new CountDownLatch(1)))
                .build())
        .handle(new Received(Topics.TASKS, 0, 0, "t", headers, task), () -> true);
  }

  private static Map<String, String> admission(long number, long control) {
    return control == 0
        ? Map.of("diffstream_admission", Long.toString(number))
        : Map.of(
            "diffstream_admission", Long.toString(number),
            "diffstream_control", Long.toString(control));
  }

  private String published() {
    return log.events(Topics.DIFFS, DiffPublished.class).getLast().digest();
  }

  @Test
  void aRunThatIsPausedAnywhereGoesOnElsewhereBitForBit() {
    System.out.println("seed " + SEED);
    MemoryObjectStore undisturbed = new MemoryObjectStore();
    undisturbed.put("tasks/t/data/good.jsonl", TinyWorld.learnable(160), Map.of());
    handle(undisturbed, new DiffPruning(2), admission(1, 0));
    String expected = published();
    memory.put("tasks/t/data/good.jsonl", TinyWorld.learnable(160), Map.of());

    int step = 1 + new Random(SEED).nextInt(20);
    handle(store, asking(RunControl.PAUSE, step), admission(1, 0));
    assertThat(log.events(Topics.DIFFS, DiffPublished.class)).hasSize(1);
    assertThat(Reports.of(memory, RUN).outcome()).isEqualTo(Outcome.PAUSED);
    assertThat(memory.list(ObjectKeys.checkpoints(RUN))).hasSize(1);
    assertThat(log.events(Topics.RUNS, RunFailed.class)).isEmpty();
    assertThat(log.events(Topics.RUNS, RunProgressed.class).getLast())
        .matches(told -> told.phase() == Phase.PAUSED)
        .extracting(RunProgressed::admission)
        .isEqualTo(1L);

    put(2, RunControl.RESUME);
    handle(store, new DiffPruning(2), admission(2, 2));
    assertThat(published()).isEqualTo(expected);
    assertThat(Reports.of(memory, RUN).training()).containsEntry("resumed", 1.0);
    assertThat(memory.list(ObjectKeys.checkpoints(RUN))).isEmpty();
  }

  @Test
  void aCancelledRunFailsAtItsNextStepAndKeepsNothing() {
    memory.put("tasks/t/data/good.jsonl", TinyWorld.learnable(160), Map.of());
    handle(store, asking(RunControl.CANCEL, 5), admission(1, 0));
    assertThat(log.events(Topics.DIFFS, DiffPublished.class)).isEmpty();
    assertThat(Reports.code(Reports.of(memory, RUN))).isEqualTo(ErrorCode.CANCELLED);
    assertThat(log.events(Topics.RUNS, RunFailed.class))
        .singleElement()
        .matches(failed -> failed.message().equals("cancelled by ada: the night"));
    assertThat(log.records(Topics.TASKS_DEAD_LETTERS))
        .singleElement()
        .matches(letter -> "1".equals(letter.headers().get("diffstream_control")));
    assertThat(memory.list(ObjectKeys.checkpoints(RUN))).isEmpty();
  }

  @Test
  void whatWasAskedBeforeAWorkerHasTheEventHoldsToo() {
    memory.put("tasks/t/data/good.jsonl", TinyWorld.learnable(160), Map.of());
    put(1, RunControl.PAUSE);
    handle(store, new DiffPruning(2), admission(1, 0));
    assertThat(Reports.of(memory, RUN).outcome()).isEqualTo(Outcome.PAUSED);
    put(2, RunControl.CANCEL);
    handle(store, new DiffPruning(2), admission(2, 1));
    assertThat(Reports.code(Reports.of(memory, RUN))).isEqualTo(ErrorCode.CANCELLED);
    assertThat(log.events(Topics.DIFFS, DiffPublished.class)).isEmpty();
  }

  /** The event was sent once more after it had been cancelled: that is over. */
  @Test
  void whatTheAdmissionKnewIsNotObeyed() {
    memory.put("tasks/t/data/good.jsonl", TinyWorld.learnable(160), Map.of());
    put(1, RunControl.CANCEL);
    handle(store, new DiffPruning(2), admission(1, 1));
    assertThat(Reports.of(memory, RUN).outcome()).isEqualTo(Outcome.PUBLISHED);
  }

  /** The record's acceptance was lost before; numbers of another place may be of another base. */
  @ParameterizedTest
  @CsvSource({"diffstream.tasks/0/0, false", "diffstream.tasks/0/7, true"})
  void aRecordOfAnEarlierAdmissionIsLeft(String placeOfTheOther, boolean learned) {
    memory.put("tasks/t/data/good.jsonl", TinyWorld.learnable(160), Map.of());
    AttemptBegun other =
        new AttemptBegun(
            RUN,
            "t",
            1,
            new EventOrigin("/test", "e", placeOfTheOther),
            "w",
            null,
            null,
            500L,
            Instant.EPOCH);
    memory.put(ObjectKeys.attempt(RUN, 1), Json.write(other), Map.of());
    handle(store, new DiffPruning(2), admission(3, 0));
    assertThat(log.events(Topics.DIFFS, DiffPublished.class)).hasSize(learned ? 1 : 0);
  }
}

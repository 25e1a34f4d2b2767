package dev.diffstream.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.Base;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.EventLog.WorkQueue;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.worker.data.DataLimits;
import dev.diffstream.worker.data.DataLocation;
import dev.diffstream.worker.data.DataSetReader;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningMethod;
import dev.diffstream.worker.learning.LearningProgress;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.checkpoint.Checkpoints;
import dev.diffstream.worker.learning.diffpruning.DiffPruning;
import dev.diffstream.worker.run.RetryPolicy;
import dev.diffstream.worker.training.Trainer;
import dev.diffstream.worker.training.TrainingEnvironment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** From the queue to the acknowledgement. */
class TaskLoopTest {
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private final Base base = TinyWorld.base();
  private final List<String> journal = Collections.synchronizedList(new ArrayList<>());
  private final RecordingStore store = new RecordingStore(journal);
  private final RecordingLog log = new RecordingLog(journal);
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final CrashingMethod method = new CrashingMethod();
  private final TaskLoop loop =
      new TaskLoop(
          log,
          Topics.TASKS,
          Topics.WORKERS,
          Trainer.handler(
              TrainingEnvironment.onProcessor()
                  .workerId("w")
                  .base(base)
                  .store(store)
                  .log(log)
                  .dataSets(
                      new DataSetReader(
                          store, new DataLocation("b", List.of()), DataLimits.DEFAULT))
                  .methods(List.of(method))
                  .retry(new RetryPolicy(Duration.ZERO, stopped))
                  .build()),
          stopped);

  TaskLoopTest() {
    store.put("tasks/t/data/good.jsonl", TinyWorld.learnable(160), Map.of());
  }

  @AfterEach
  void close() {
    loop.close();
    assertThat(loop.makesProgress()).isFalse();
    base.close();
  }

  @Test
  void aPoisonedRecordDoesNotStopTheNextAndBothAreAccepted() {
    log.publish(Topics.TASKS, new Message("t", Map.of(), "poison".getBytes(UTF_8)));
    submit("e-1");
    loop.start();
    assertThat(nextDiff().eventId()).isEqualTo("e-1");
    assertThat(loop.makesProgress()).isTrue();
    assertThat(log.records(Topics.TASKS_DEAD_LETTERS)).hasSize(1);
    loop.close();
    assertNothingIsLeft();
  }

  @Test
  void anEventWhoseHandlerCrashesIsHandledAgain() {
    method.crashes.set(1);
    submit("e-1");
    loop.start();
    DiffPublished published = nextDiff();
    assertThat(published.eventId()).isEqualTo("e-1");
    assertThat(method.calls.get()).isEqualTo(2);
    assertThat(log.records(Topics.TASKS_DEAD_LETTERS)).isEmpty();
    loop.close();
    assertNothingIsLeft();
  }

  @Test
  void aLoopThatIsClosedWithoutWorkEndsAndLeavesWhatComesAfter() {
    loop.start();
    loop.close();
    submit("e-1");
    try (WorkQueue queue = log.workQueue(Topics.TASKS, Topics.WORKERS)) {
      assertThat(queue.take(Duration.ZERO)).isPresent();
      queue.accept();
    }
  }

  /** The thread that learns is outside of the engine when the process ends. */
  @Test
  void aRunAtHandIsLeftAtItsNextStepAndItsEventGoesBack() throws InterruptedException {
    submit("e-1");
    loop.start();
    method.began.await();
    loop.close();
    assertThat(loop.makesProgress()).isFalse();
    assertThat(base.currentDigest()).isEqualTo(base.digest());
    assertThat(log.records(Topics.DIFFS)).isEmpty();
    assertThat(log.records(Topics.TASKS_DEAD_LETTERS)).isEmpty();
    try (WorkQueue queue = log.workQueue(Topics.TASKS, Topics.WORKERS)) {
      assertThat(queue.take(Duration.ZERO)).isPresent();
      queue.accept();
    }
  }

  /** An event that was not accepted would be handed to another member of the group. */
  private void assertNothingIsLeft() {
    try (WorkQueue queue = log.workQueue(Topics.TASKS, Topics.WORKERS)) {
      assertThat(queue.take(Duration.ZERO)).isEmpty();
    }
  }

  private void submit(String id) {
    log.publish(
        Topics.TASKS,
        new Message(
            "t", TinyWorld.taskHeaders(id), TinyWorld.task("good.jsonl", "").getBytes(UTF_8)));
  }

  private DiffPublished nextDiff() {
    long deadline = System.nanoTime() + LONGEST.toNanos();
    try (Follower follower = log.follow(Topics.DIFFS)) {
      while (System.nanoTime() < deadline) {
        for (Received received : follower.poll(Duration.ofSeconds(1))) {
          return (DiffPublished) EventCodec.decode(received.headers(), received.value()).data();
        }
      }
    }
    throw new AssertionError("no diff within " + LONGEST);
  }

  /** Diff pruning that first fails so many times as a defect would. */
  private static final class CrashingMethod implements LearningMethod {
    private final DiffPruning real = new DiffPruning(2);
    final AtomicInteger crashes = new AtomicInteger();
    final AtomicInteger calls = new AtomicInteger();
    final CountDownLatch began = new CountDownLatch(1);

    @Override
    public String name() {
      return real.name();
    }

    @Override
    public LearnedDiff learn(
        LearningTask task, LearningProgress progress, Checkpoints checkpoints) {
      calls.incrementAndGet();
      if (crashes.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
        throw new IllegalStateException("a defect");
      }
      return real.learn(
          task,
          (phase, step, steps, loss, share) -> {
            began.countDown();
            progress.report(phase, step, steps, loss, share);
          });
    }
  }
}

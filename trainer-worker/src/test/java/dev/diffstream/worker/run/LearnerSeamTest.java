package dev.diffstream.worker.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.DiffPublishedBuilder;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.worker.RecordingLog;
import dev.diffstream.worker.RecordingStore;
import dev.diffstream.worker.TaskLoop;
import dev.diffstream.worker.TinyWorld;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The handler of task events with a learner that has no tensor engine, in time of its own. */
class LearnerSeamTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final List<String> journal = new ArrayList<>();
  private final RecordingStore store = new RecordingStore(journal);
  private final RecordingLog log = new RecordingLog(journal);
  private final VirtualTime time = new VirtualTime();
  private final RetryPolicy retry = new RetryPolicy(Duration.ofMinutes(10), time);
  private final RunEnvironment environment =
      new RunEnvironment(
          "w", "none", "1", store, log, retry, OpenTelemetry.noop(), InstantSource.fixed(NOW));
  private final TaskHandler handler = new TaskHandler(environment, new StoringLearner());

  @Test
  void anEventIsBroughtToItsOutcomeWithoutWaiting() {
    store.away.set(8);
    log.away.set(3);
    handler.handle(event(), () -> true);

    RunReport report = Reports.of(store, RunIds.of("/test", "e"));
    assertThat(report.outcome()).isEqualTo(RunReport.Outcome.PUBLISHED);
    assertThat(report.finished()).isEqualTo(NOW);
    assertThat(log.events(Topics.DIFFS, DiffPublished.class)).containsExactly(report.published());
    assertThat(log.records(Topics.DIFFS))
        .allSatisfy(
            sent ->
                assertThat(EventCodec.decode(sent.headers(), sent.value()).time()).isEqualTo(NOW));
    assertThat(Duration.ofNanos(time.now)).isBetween(Duration.ofSeconds(10), Duration.ofMinutes(2));
  }

  @Test
  void anOutageThatOutlastsThePatienceEndsAtItsTime() {
    store.away.set(Integer.MAX_VALUE);
    assertThatThrownBy(() -> handler.handle(event(), () -> true))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OVERLOADED));
    assertThat(Duration.ofNanos(time.now)).isBetween(Duration.ofMinutes(9), Duration.ofMinutes(10));
  }

  /** As after a pause of the process in which another worker took the event and published. */
  @ParameterizedTest
  @EnumSource(names = {"DATA_UNREADABLE", "WORKER_LOST"})
  void aFailureBehindALostLockIsNotAnnounced(ErrorCode failure) {
    AtomicBoolean lockHeld = new AtomicBoolean(true);
    RunLearner failing =
        new StoringLearner() {
          @Override
          public DiffPublished learn(Run run) {
            if (failure == ErrorCode.WORKER_LOST) {
              lockHeld.set(run.attempt() < 2);
              throw new IllegalStateException("a defect");
            }
            lockHeld.set(false);
            throw new DiffstreamException(failure, "the data is gone");
          }
        };
    TaskHandler late = new TaskHandler(environment, failing);
    assertThatThrownBy(() -> late.handle(event(), lockHeld::get))
        .isInstanceOf(RunInterruptedException.class);
    assertThat(log.records(Topics.RUNS)).isEmpty();
    assertThat(log.records(Topics.TASKS_DEAD_LETTERS)).isEmpty();
    assertThat(Reports.of(store, RunIds.of("/test", "e")).outcome())
        .isEqualTo(RunReport.Outcome.RELEASED);
  }

  /** As above, but the lock is lost while the store is away and the report waits for it. */
  @Test
  void aFailureWhoseLockIsLostWhileItIsReportedIsNotAnnounced() {
    RunLearner failing =
        new StoringLearner() {
          @Override
          public DiffPublished learn(Run run) {
            store.away.set(4);
            throw new DiffstreamException(ErrorCode.DATA_UNREADABLE, "the data is gone");
          }
        };
    TaskHandler slow = new TaskHandler(environment, failing);
    assertThatThrownBy(() -> slow.handle(event(), () -> time.now == 0))
        .isInstanceOf(RunInterruptedException.class);
    assertThat(log.records(Topics.RUNS)).isEmpty();
    assertThat(log.records(Topics.TASKS_DEAD_LETTERS)).isEmpty();

    slow.handle(event(), () -> true); // whoever has the event now announces the report
    assertThat(log.records(Topics.RUNS)).hasSize(1);
    assertThat(log.records(Topics.TASKS_DEAD_LETTERS)).hasSize(1);
    assertThat(store.list(ObjectKeys.attemptsPrefix(RunIds.of("/test", "e")))).hasSize(2);
  }

  /** A machine that is taken away every hour does not make a long run a failure. */
  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 6})
  void workersThatDieCountOnlyIfTheyGotNoFurther(long further) {
    String run = RunIds.of("/test", "e");
    for (long attempt = 1; attempt <= 6; attempt++) {
      store.put(ObjectKeys.attempt(run, attempt), new byte[] {'{', '}'}, Map.of());
    }
    RunLearner learner =
        new StoringLearner() {
          @Override
          public long lastToGetFurther(String runId) {
            assertThat(runId).isEqualTo(run);
            return further;
          }
        };
    new TaskHandler(environment, learner).handle(event(), () -> true);
    assertThat(Reports.of(store, run).outcome())
        .isEqualTo(further < 2 ? RunReport.Outcome.FAILED : RunReport.Outcome.PUBLISHED);
    assertThat(log.records(Topics.TASKS_DEAD_LETTERS)).hasSize(further < 2 ? 1 : 0);
  }

  /** Nothing passes here by itself: each delivery leaves one more record on the topic. */
  @Test
  void anEventThatTheStoreRefusesIsSentAgainEverMoreRarely() {
    store.forbidden = true;
    log.publish(
        Topics.TASKS,
        new Message(
            "t", TinyWorld.taskHeaders("e"), TinyWorld.task("x.jsonl", "").getBytes(UTF_8)));
    try (TaskLoop loop = loop()) {
      Duration total = Duration.ZERO;
      Duration last = Duration.ZERO;
      while (total.compareTo(Duration.ofHours(1)) < 0) {
        Duration pause = loop.step();
        assertThat(pause).isPositive().isGreaterThanOrEqualTo(last);
        total = total.plus(pause);
        last = pause;
      }
      assertThat(last).isEqualTo(Duration.ofMinutes(1));
      assertThat(log.records(Topics.TASKS)).hasSizeBetween(60, 70);

      store.forbidden = false;
      assertThat(loop.step()).isZero();
      assertThat(log.events(Topics.DIFFS, DiffPublished.class)).hasSize(1);
      store.forbidden = true;
      log.publish(
          Topics.TASKS,
          new Message(
              "t", TinyWorld.taskHeaders("e-2"), TinyWorld.task("x.jsonl", "").getBytes(UTF_8)));
      assertThat(loop.step()).as("the shortest pause again").isLessThan(Duration.ofSeconds(2));
      loop.leave();
    }
  }

  private TaskLoop loop() {
    return new TaskLoop(
        log,
        Topics.TASKS,
        Topics.WORKERS,
        handler,
        new CountDownLatch(1),
        () -> time.now,
        status -> {});
  }

  private static Received event() {
    return new Received(
        Topics.TASKS,
        0,
        0,
        "t",
        TinyWorld.taskHeaders("e"),
        TinyWorld.task("x.jsonl", "").getBytes(UTF_8));
  }

  private static final class VirtualTime implements RetryPolicy.Waiting {
    private long now;

    @Override
    public long nanoTime() {
      return now;
    }

    @Override
    public void pause(Duration duration) {
      now += duration.toNanos();
    }

    @Override
    public boolean isStopping() {
      return false;
    }
  }

  private class StoringLearner implements RunLearner {
    private final DiffStorage storage = new DiffStorage(store, null, retry);

    @Override
    public DiffPublished learn(Run run) {
      byte[] file = run.id().getBytes(UTF_8);
      return DiffPublishedBuilder.builder()
          .runId(run.id())
          .taskId(run.task().taskId())
          .eventSource(run.event().source())
          .eventId(run.event().id())
          .attempt(run.attempt())
          .digest(storage.put(file))
          .bytes(file.length)
          .baseDigest("0".repeat(64))
          .report(ObjectKeys.report(run.id(), run.attempt()))
          .build();
    }

    @Override
    public void forget(Run run) {}
  }
}

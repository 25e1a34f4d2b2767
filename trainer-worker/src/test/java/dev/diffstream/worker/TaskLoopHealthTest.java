package dev.diffstream.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.EventLog.WorkQueue;
import dev.diffstream.eventlog.memory.MemoryEventLog;
import dev.diffstream.schemas.Topics;
import dev.diffstream.worker.run.EventHandler;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a supervisor sees of a loop that works, hangs or breaks. */
@Timeout(60)
final class TaskLoopHealthTest {
  private static final Duration LOCK = Duration.ofSeconds(30);

  private final AtomicReference<Instant> lockClock = new AtomicReference<>(Instant.EPOCH);
  private final AtomicLong nanos = new AtomicLong();
  private final MemoryEventLog log = new MemoryEventLog(Topics.all(), 5, LOCK, lockClock::get);
  private final CompletableFuture<Integer> exit = new CompletableFuture<>();

  private TaskLoop started(Consumer<Received> handler) {
    log.publish(Topics.TASKS, new Message("t", Map.of(), new byte[] {1}));
    EventHandler onRecord =
        new EventHandler() {
          @Override
          public void handle(Received received, BooleanSupplier lockHeld) {
            handler.accept(received);
          }

          @Override
          public void sendAgain(Received received) {
            throw new AssertionError("nothing is retryable here");
          }
        };
    TaskLoop loop =
        new TaskLoop(
            log,
            Topics.TASKS,
            Topics.WORKERS,
            onRecord,
            new CountDownLatch(1),
            nanos::get,
            exit::complete);
    loop.start();
    return loop;
  }

  private void advance(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void aRunOfHoursIsProgressWhileItsLockIsRenewed() throws Exception {
    CountDownLatch began = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (TaskLoop loop =
        started(
            record -> {
              began.countDown();
              awaitUninterruptibly(goOn);
            })) {
      began.await();
      advance(Duration.ofHours(3));
      assertThat(loop.makesProgress()).isTrue();
      log.stopRenewals();
      lockClock.updateAndGet(now -> now.plus(LOCK));
      assertThat(loop.makesProgress()).as("the lock was good a moment ago").isTrue();
      advance(Duration.ofMinutes(5).plusNanos(1));
      assertThat(loop.makesProgress()).as("it works on what it does not hold").isFalse();
      goOn.countDown();
    }
  }

  /** The lock ends while the handler works: nothing is held any more when it is to be accepted. */
  @Test
  void anEventWhoseLockWasLostBeforeItsAcceptanceIsDeliveredAgain() {
    AtomicInteger deliveries = new AtomicInteger();
    EventHandler handler =
        new EventHandler() {
          @Override
          public void handle(Received received, BooleanSupplier lockHeld) {
            if (deliveries.incrementAndGet() == 1) {
              lockClock.updateAndGet(now -> now.plus(LOCK));
            }
          }

          @Override
          public void sendAgain(Received received) {
            throw new AssertionError("it has its outcome");
          }
        };
    log.stopRenewals();
    log.publish(Topics.TASKS, new Message("t", Map.of(), new byte[] {1}));
    try (TaskLoop loop =
        new TaskLoop(
            log,
            Topics.TASKS,
            Topics.WORKERS,
            handler,
            new CountDownLatch(1),
            nanos::get,
            exit::complete)) {
      assertThat(loop.step()).as("the pause before it joins again").isPositive();
      assertThat(loop.step()).isZero();
      assertThat(deliveries).hasValue(2);
      loop.leave();
      try (WorkQueue other = log.workQueue(Topics.TASKS, Topics.WORKERS)) {
        assertThat(other.take(Duration.ZERO)).as("it was accepted").isEmpty();
      }
    }
  }

  @Test
  void anErrorEndsTheProcessAndTheRecordGoesBack() throws Exception {
    try (TaskLoop loop =
        started(
            record -> {
              throw new NoClassDefFoundError("a broken installation");
            })) {
      assertThat(exit.get(30, TimeUnit.SECONDS)).isEqualTo(70);
      try (WorkQueue other = log.workQueue(Topics.TASKS, Topics.WORKERS)) {
        assertThat(other.take(Duration.ofSeconds(10))).isPresent();
        other.accept();
      }
      loop.close();
      assertThat(loop.makesProgress()).isFalse();
    }
  }

  @Test
  void anIdleLoopVerifiesItsStateEveryHourAndDamageEndsTheProcess() throws Exception {
    CountDownLatch handled = new CountDownLatch(1);
    CountDownLatch verified = new CountDownLatch(1);
    EventHandler handler =
        new EventHandler() {
          @Override
          public void handle(Received received, BooleanSupplier lockHeld) {
            handled.countDown();
          }

          @Override
          public void sendAgain(Received received) {}

          @Override
          public void verifyState() {
            verified.countDown();
            throw new AssertionError("damaged");
          }
        };
    try (TaskLoop loop =
        new TaskLoop(
            log,
            Topics.TASKS,
            Topics.WORKERS,
            handler,
            new CountDownLatch(1),
            nanos::get,
            exit::complete)) {
      advance(Duration.ofMinutes(59));
      loop.start();
      log.publish(Topics.TASKS, new Message("t", Map.of(), new byte[] {1}));
      assertThat(handled.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(verified.getCount()).as("an hour has not passed").isEqualTo(1);
      advance(Duration.ofMinutes(1));
      assertThat(exit.get(30, TimeUnit.SECONDS)).isEqualTo(70);
      assertThat(verified.getCount()).isZero();
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

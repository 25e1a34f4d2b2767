package dev.diffstream.worker.learning.parameters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Whatever fails, no thread is in the body when the caller goes on. */
class WorkersTest {
  @Test
  void anErrorInTheCallersShareWaitsForTheOthers() {
    AtomicBoolean othersDone = new AtomicBoolean();
    CountDownLatch bothIn = new CountDownLatch(2);
    CountDownLatch callerFails = new CountDownLatch(1);
    try (Workers workers = new Workers(2)) {
      assertThatThrownBy(
              () ->
                  workers.each(
                      2,
                      (thread, item) -> {
                        meet(bothIn);
                        if (thread == 0) {
                          callerFails.countDown();
                          throw new StackOverflowError("in the caller's share");
                        }
                        await(callerFails);
                        spin();
                        othersDone.set(true);
                      }))
          .isInstanceOf(StackOverflowError.class);
      assertThat(othersDone).isTrue();
    }
  }

  @Test
  void anErrorOfAnotherThreadIsThrownAsItIs() {
    CountDownLatch bothIn = new CountDownLatch(2);
    try (Workers workers = new Workers(2)) {
      assertThatThrownBy(
              () ->
                  workers.each(
                      2,
                      (thread, item) -> {
                        meet(bothIn);
                        if (thread == 1) {
                          throw new OutOfMemoryError("in another thread");
                        }
                        throw new IllegalStateException("in the caller's share");
                      }))
          .isInstanceOf(OutOfMemoryError.class);
    }
  }

  @Test
  void afterAFailureNoItemIsBegun() {
    AtomicInteger begun = new AtomicInteger();
    try (Workers workers = new Workers(1)) {
      assertThatThrownBy(
              () ->
                  workers.each(
                      1_000,
                      (thread, item) -> {
                        begun.incrementAndGet();
                        throw new IllegalStateException("at once");
                      }))
          .hasMessage("at once");
    }
    assertThat(begun).hasValue(1);
  }

  @Test
  void anExecutorThatRefusesWorkFailsTheStep() {
    Workers workers = new Workers(2);
    workers.close();
    assertThatThrownBy(() -> workers.each(1, (thread, item) -> {}))
        .isInstanceOf(java.util.concurrent.RejectedExecutionException.class);
  }

  @Test
  void anInterruptedCallerStillWaits() {
    AtomicInteger done = new AtomicInteger();
    CountDownLatch bothIn = new CountDownLatch(2);
    try (Workers workers = new Workers(2)) {
      workers.each(
          2,
          (thread, item) -> {
            meet(bothIn);
            if (thread == 0) {
              Thread.currentThread().interrupt();
            } else {
              spin();
            }
            done.incrementAndGet();
          });
    }
    assertThat(Thread.interrupted()).isTrue();
    assertThat(done).hasValue(2);
  }

  private static void meet(CountDownLatch all) {
    all.countDown();
    await(all);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Takes some milliseconds, so that a caller that does not wait goes on before. */
  private static void spin() {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(50);
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }
}

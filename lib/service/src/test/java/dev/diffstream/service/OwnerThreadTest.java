package dev.diffstream.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class OwnerThreadTest {
  private final List<String> journal = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicLong now = new AtomicLong();

  private OwnerThread thread(Runnable step, Runnable giveBack) {
    return new OwnerThread(
        "test",
        step,
        giveBack,
        now::get,
        status -> {
          journal.add("exit " + status);
          ended.countDown();
        });
  }

  @Test
  void stepsUntilItIsStoppedAndThenGivesBack() throws Exception {
    CountDownLatch threeSteps = new CountDownLatch(3);
    try (OwnerThread thread = thread(threeSteps::countDown, () -> journal.add("give back"))) {
      thread.start();
      threeSteps.await();
    }
    assertThat(journal).containsExactly("give back");
  }

  @Test
  void anErrorEndsTheProcessAfterGivingBack() throws Exception {
    assertEnds(
        () -> {
          throw new StackOverflowError("deep");
        });
    assertThat(journal).containsExactly("give back", "exit 70");
  }

  @Test
  void soDoesAnException() throws Exception {
    assertEnds(
        () -> {
          throw new IllegalStateException("a fault of ours");
        });
    assertThat(journal).containsExactly("give back", "exit 70");
  }

  private void assertEnds(Runnable step) throws Exception {
    OwnerThread thread = thread(step, () -> journal.add("give back"));
    thread.start();
    ended.await();
    thread.close();
    assertThat(thread.progressedWithin(Duration.ofDays(1))).isFalse();
  }

  @Test
  void endsTheProcessEvenIfNothingCanBeGivenBack() throws Exception {
    Runnable broken =
        () -> {
          throw new NoClassDefFoundError("gone");
        };
    OwnerThread thread = thread(broken, broken);
    thread.start();
    ended.await();
    assertThat(journal).containsExactly("exit 70");
  }

  @Test
  void aStepThatHangsIsNoProgress() throws Exception {
    CountDownLatch inStep = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Runnable step =
        () -> {
          inStep.countDown();
          try {
            goOn.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        };
    try (OwnerThread thread = thread(step, () -> {})) {
      assertThat(thread.progressedWithin(Duration.ofSeconds(1))).as("not started").isFalse();
      thread.start();
      inStep.await();
      now.addAndGet(Duration.ofSeconds(1).toNanos());
      assertThat(thread.progressedWithin(Duration.ofSeconds(1))).isTrue();
      now.addAndGet(1);
      assertThat(thread.progressedWithin(Duration.ofSeconds(1))).isFalse();
      thread.beat();
      assertThat(thread.progressedWithin(Duration.ofSeconds(1))).isTrue();
      goOn.countDown();
    }
  }

  @Test
  void aPauseEndsWhenTheThreadIsStopped() throws Exception {
    CountDownLatch pausing = new CountDownLatch(1);
    OwnerThread[] self = new OwnerThread[1];
    self[0] =
        thread(
            () -> {
              pausing.countDown();
              self[0].pause(Duration.ofDays(1));
            },
            () -> journal.add("give back"));
    self[0].start();
    pausing.await();
    self[0].close();
    assertThat(journal).containsExactly("give back");
  }
}

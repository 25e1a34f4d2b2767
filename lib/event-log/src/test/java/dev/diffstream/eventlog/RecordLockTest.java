package dev.diffstream.eventlog;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class RecordLockTest {
  private static final Duration LOCK = Duration.ofNanos(100);

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 50); // the clock may overflow
  private final RecordLock lock = new RecordLock(now::get);

  @Test
  void isGoodUntilItsDurationHasPassedWithoutAConfirmation() {
    assertThat(lock.isGood()).isFalse();
    lock.confirmed(now.get(), LOCK);
    now.addAndGet(99);
    assertThat(lock.isGood()).isTrue();
    lock.confirmed(now.get() - 10, LOCK);
    now.addAndGet(89);
    assertThat(lock.isGood()).isTrue();
    now.addAndGet(1);
    assertThat(lock.isGood()).isFalse();
  }

  @Test
  void isNotGoodOnceLost() {
    lock.confirmed(now.get(), LOCK);
    lock.lost();
    assertThat(lock.isGood()).isFalse();
  }
}

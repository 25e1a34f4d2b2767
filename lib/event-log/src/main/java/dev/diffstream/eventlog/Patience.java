package dev.diffstream.eventlog;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waits on a monitor, which the caller holds, until a time is used up. */
final class Patience {
  private final Object monitor;
  private final long deadline;

  Patience(Object monitor, Duration timeout) {
    this.monitor = monitor;
    this.deadline = System.nanoTime() + timeout.toNanos();
  }

  /** Waits for a notification; false when the time is used up or the thread was interrupted. */
  boolean await() {
    long left = deadline - System.nanoTime();
    if (left <= 0) {
      return false;
    }
    try {
      synchronized (monitor) {
        TimeUnit.NANOSECONDS.timedWait(monitor, Math.max(left, TimeUnit.MILLISECONDS.toNanos(1)));
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}

package dev.diffstream.eventlog.memory;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A point in time up to which a thread waits on a monitor that it holds. */
final class Deadline {
  private final Object monitor;
  private final long deadline;

  Deadline(Object monitor, Duration timeout) {
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

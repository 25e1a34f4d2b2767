package dev.diffstream.eventlog.memory;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A point in time up to which a thread waits on a monitor that it holds. */
final class Deadline {
  private final Object monitor;
  private final long deadline;

  Deadline(Object monitor, Duration timeout) {
    this.monitor = monitor;
    this.deadline = System.nanoTime() + timeout.toNanos();
  }

  /** What {@code look} finds first; nothing if it finds nothing in time. */
  <T> List<T> awaitSome(Supplier<List<T>> look) {
    List<T> found = look.get();
    while (found.isEmpty() && await()) {
      found = look.get();
    }
    return found;
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

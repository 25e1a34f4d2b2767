package dev.diffstream.eventlog;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Whether the lock of a held record is known to be good. Written by the thread that talks to the
 * broker, read by any thread: it may block in a renewal for longer than the lock lasts.
 */
final class RecordLock {
  /** Made beforehand: a lock is also lost where memory has run out. */
  private static final State NOT_HELD = new State(false, 0);

  private final LongSupplier nanoTime;
  private volatile State state = NOT_HELD;

  /** Written as one, so that no reader sees a new record with an old record's time. */
  private record State(boolean held, long goodUntil) {}

  RecordLock(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** The broker has given or renewed the lock, by a request that was sent at {@code nanos}. */
  void confirmed(long nanos, Duration duration) {
    state = new State(true, nanos + duration.toNanos());
  }

  /** The record was settled, or the broker has refused to renew its lock. */
  void lost() {
    state = NOT_HELD;
  }

  boolean isGood() {
    State now = state;
    return now.held && now.goodUntil - nanoTime.getAsLong() > 0;
  }
}

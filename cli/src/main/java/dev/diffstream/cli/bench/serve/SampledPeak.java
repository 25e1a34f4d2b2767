package dev.diffstream.cli.bench.serve;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The largest of the values that a thread of its own read, ten times a second. What is gone between
 * two readings is missed.
 */
final class SampledPeak implements AutoCloseable {
  private static final long PAUSE_MILLIS = 100;

  private final LongSupplier read;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;
  private long largest; // guarded by this

  /** Reads once, then goes on in its thread; a reading that fails ends it. */
  SampledPeak(LongSupplier read) {
    this.read = read;
    this.thread = Thread.ofPlatform().daemon().name("sampled-peak").unstarted(this::sample);
    readOnce();
    thread.start();
  }

  private void sample() {
    try {
      while (!closed.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
        readOnce();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void readOnce() {
    long value = read.getAsLong();
    synchronized (this) {
      largest = Math.max(largest, value);
    }
  }

  /** The largest so far, a reading of this moment included. */
  long largest() {
    readOnce();
    synchronized (this) {
      return largest;
    }
  }

  /** Returns when nothing is read any more. */
  @Override
  public void close() {
    closed.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

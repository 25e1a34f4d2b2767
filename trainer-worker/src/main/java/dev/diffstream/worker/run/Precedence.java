package dev.diffstream.worker.run;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Lets a provisional have the processor to itself: a run on the same worker waits between two of
 * its steps until it is made, for some seconds at most. Both would use all cores at once, and the
 * short one would take as long as the cores are slow for two.
 */
public final class Precedence {
  static final long LONGEST_MILLIS = 20_000;

  private final LongSupplier nanoTime;
  private int taken;
  private long deadline;

  public Precedence() {
    this(System::nanoTime);
  }

  /**
   * @param nanoTime as {@link System#nanoTime()}
   */
  Precedence(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Others wait until {@link #leave}, and no longer than {@value #LONGEST_MILLIS} ms from now. */
  synchronized void take() {
    taken++;
    deadline = nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(LONGEST_MILLIS);
  }

  synchronized void leave() {
    taken--;
    notifyAll();
  }

  /** Returns when nobody has precedence, or has had it for too long. */
  public synchronized void giveWay() {
    try {
      while (taken > 0) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - nanoTime.getAsLong());
        if (left <= 0) {
          return;
        }
        wait(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

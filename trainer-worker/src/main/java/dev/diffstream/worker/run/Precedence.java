package dev.diffstream.worker.run;

import java.util.concurrent.TimeUnit;

/**
 * Lets a provisional have the processor to itself: a run on the same worker waits between two of
 * its steps until it is made, for some seconds at most. Both would use all cores at once, and the
 * short one would take as long as the cores are slow for two.
 */
public final class Precedence {
  private static final long LONGEST_MILLIS = 20_000;

  private final long longestMillis;
  private int taken;

  public Precedence() {
    this(LONGEST_MILLIS);
  }

  /**
   * @param longestMillis after which nobody waits any longer
   */
  Precedence(long longestMillis) {
    this.longestMillis = longestMillis;
  }

  /** Others wait, until {@link #leave}. */
  synchronized void take() {
    taken++;
  }

  synchronized void leave() {
    taken--;
    notifyAll();
  }

  /** Returns when nobody has precedence, or after the longest wait. */
  public synchronized void giveWay() {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(longestMillis);
    try {
      while (taken > 0) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
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

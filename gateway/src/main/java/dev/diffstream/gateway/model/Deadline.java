package dev.diffstream.gateway.model;

import java.time.Duration;

/**
 * Until when an answer is of use.
 *
 * @param timeout as the caller gave it
 * @param nanoTime the end, by the clock of {@link System#nanoTime}
 */
public record Deadline(Duration timeout, long nanoTime) {
  /** No deadline. */
  public static final Deadline NONE = new Deadline(Duration.ZERO, 0);

  /**
   * @param begin when the request came, by {@link System#nanoTime}
   * @param timeout zero for none
   */
  public static Deadline after(long begin, Duration timeout) {
    return timeout.isZero() ? NONE : new Deadline(timeout, begin + timeout.toNanos());
  }

  boolean passed() {
    return !timeout.isZero() && System.nanoTime() - nanoTime >= 0;
  }
}

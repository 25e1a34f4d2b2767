package dev.diffstream.service;

import java.time.Duration;
import java.time.Instant;

/** Moments to wait for, on a clock that may be set back meanwhile. */
public final class DueTime {
  private DueTime() {}

  /**
   * @param wait at most so long after it was set was the moment
   */
  public static boolean isPast(Instant due, Duration wait, Instant now) {
    return !now.isBefore(due) || now.isBefore(due.minus(wait));
  }
}

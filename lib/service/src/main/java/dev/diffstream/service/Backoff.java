package dev.diffstream.service;

import java.time.Duration;

/** Pauses that double from {@code min} to {@code max}. Not thread-safe. */
public final class Backoff {
  private final Duration min;
  private final Duration max;
  private int attempts;

  public Backoff(Duration min, Duration max) {
    this.min = min;
    this.max = max;
  }

  /** The pause before the next attempt. */
  public Duration next() {
    attempts++;
    return pause(min, max, attempts);
  }

  /** Begins again with the shortest pause. */
  public void reset() {
    attempts = 0;
  }

  /**
   * The pause after the attempt with this number, counted from 1: {@code min * 2^(attempt - 1)}, at
   * most {@code max}.
   */
  static Duration pause(Duration min, Duration max, int attempt) {
    Duration pause = min;
    for (int i = 1; i < attempt && pause.compareTo(max) < 0; i++) {
      pause = pause.multipliedBy(2);
    }
    return pause.compareTo(max) < 0 ? pause : max;
  }
}

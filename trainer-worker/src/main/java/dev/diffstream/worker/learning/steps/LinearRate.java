package dev.diffstream.worker.learning.steps;

/**
 * A learning rate that falls linearly from {@code first} at step 0 to 0 behind the last of {@code
 * steps}.
 */
public record LinearRate(double first, long steps) {
  public double at(long step) {
    return first * Math.max(0, 1 - (double) step / steps);
  }
}

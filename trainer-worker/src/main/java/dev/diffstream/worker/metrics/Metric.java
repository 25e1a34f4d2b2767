package dev.diffstream.worker.metrics;

/** A figure over rows. */
@FunctionalInterface
interface Metric {
  /**
   * @param times how often each row counts: once each for the figure itself, as drawn for a
   *     resample; not all zero
   */
  double of(int[] times);
}

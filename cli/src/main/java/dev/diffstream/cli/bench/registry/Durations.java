package dev.diffstream.cli.bench.registry;

import java.util.Arrays;

/**
 * Of some durations, in milliseconds, the one that half of them do not exceed, and the one that 99
 * of 100 do not.
 */
record Durations(double p50, double p99) {
  static Durations of(long[] nanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return new Durations(at(sorted, 0.50), at(sorted, 0.99));
  }

  /** The nearest rank. */
  private static double at(long[] sorted, double share) {
    int rank = (int) Math.ceil(share * sorted.length);
    return Math.round(sorted[Math.max(0, rank - 1)] / 1e4) / 100.0;
  }
}

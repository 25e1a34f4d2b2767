package dev.diffstream.benchmarks.statistics;

import java.util.Arrays;

/** The value in the middle. */
public final class Median {
  private Median() {}

  /** The mean of the two in the middle where their number is even. */
  public static double of(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
  }
}

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

  /** Of the ratios of two series that belong together pair by pair. */
  public static double ofRatios(double[] above, double[] below) {
    double[] ratios = new double[above.length];
    Arrays.setAll(ratios, i -> above[i] / below[i]);
    return of(ratios);
  }
}

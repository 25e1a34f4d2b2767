package dev.diffstream.worker.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** A 95 % confidence interval. */
public record Interval(double low, double high) {
  /** The 97.5 % point of the normal distribution. */
  private static final double Z = 1.959963984540054;

  private static final int RESAMPLES = 1000;
  private static final long SEED = 20_260_101;

  /** Wilson's interval of a share: {@code hits} of {@code rows}. */
  public static Interval wilson(double hits, double rows) {
    double share = hits / rows;
    double shrink = 1 + Z * Z / rows;
    double middle = (share + Z * Z / (2 * rows)) / shrink;
    double half = Z / shrink * Math.sqrt(share * (1 - share) / rows + Z * Z / (4 * rows * rows));
    return new Interval(Math.max(0, middle - half), Math.min(1, middle + half));
  }

  /**
   * Percentile bootstrap over rows: 1,000 resamples from a fixed seed, the same ones for every
   * metric. The middle 95 % of each, between order statistics by straight lines.
   */
  static List<Interval> bootstrap(List<Metric> metrics, int rows) {
    SplittableRandom random = new SplittableRandom(SEED);
    double[][] found = new double[metrics.size()][RESAMPLES];
    int[] times = new int[rows];
    for (int resample = 0; resample < RESAMPLES; resample++) {
      Arrays.fill(times, 0);
      for (int i = 0; i < rows; i++) {
        times[random.nextInt(rows)]++;
      }
      for (int m = 0; m < found.length; m++) {
        found[m][resample] = metrics.get(m).of(times);
      }
    }
    List<Interval> intervals = new ArrayList<>();
    for (double[] values : found) {
      Arrays.sort(values);
      intervals.add(new Interval(quantile(values, 0.025), quantile(values, 0.975)));
    }
    return intervals;
  }

  static double quantile(double[] sorted, double share) {
    double at = share * (sorted.length - 1);
    int below = (int) at;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }
}

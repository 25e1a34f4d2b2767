package dev.diffstream.worker.metrics;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * One number a row: Pearson's and Spearman's correlation (ties share the mean of their ranks). Both
 * are 0 where the answers, or what is expected, are all the same: a constant correlates with
 * nothing.
 */
public final class NumberOutcome extends Outcome {
  private final int[] byExpected;
  private final int[] byAnswered;

  public NumberOutcome(double[] expected, double[] answered) {
    super(expected.length, Set.of());
    double[] x = answered.clone();
    double[] y = expected.clone();
    byExpected = order(y);
    byAnswered = order(x);
    metric("pearson", times -> pearson(x, y, times));
    metric(
        "spearman",
        times -> pearson(ranks(x, byAnswered, times), ranks(y, byExpected, times), times));
  }

  private static int[] order(double[] values) {
    return IntStream.range(0, values.length)
        .boxed()
        .sorted((a, b) -> Double.compare(values[a], values[b]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static double[] ranks(double[] values, int[] order, int[] times) {
    double[] ranks = new double[values.length];
    long before = 0;
    int from = 0;
    while (from < order.length) {
      int to = from;
      long equal = 0;
      while (to < order.length && values[order[to]] == values[order[from]]) {
        equal += times[order[to++]];
      }
      for (int i = from; i < to; i++) {
        ranks[order[i]] = before + (equal + 1) / 2.0;
      }
      before += equal;
      from = to;
    }
    return ranks;
  }

  private static double pearson(double[] x, double[] y, int[] times) {
    double meanX = mean(x, times);
    double meanY = mean(y, times);
    double xx = 0;
    double yy = 0;
    double xy = 0;
    for (int i = 0; i < x.length; i++) {
      double dx = x[i] - meanX;
      double dy = y[i] - meanY;
      xx += times[i] * dx * dx;
      yy += times[i] * dy * dy;
      xy += times[i] * dx * dy;
    }
    if (constant(x, times) || constant(y, times) || xx == 0 || yy == 0) {
      return 0;
    }
    return Math.clamp(xy / (Math.sqrt(xx) * Math.sqrt(yy)), -1, 1);
  }

  private static boolean constant(double[] values, int[] times) {
    double[] drawn =
        IntStream.range(0, values.length)
            .filter(i -> times[i] > 0)
            .mapToDouble(i -> values[i])
            .toArray();
    return Arrays.stream(drawn).allMatch(value -> value == drawn[0]);
  }

  private static double mean(double[] values, int[] times) {
    double sum = 0;
    long count = 0;
    for (int i = 0; i < values.length; i++) {
      sum += times[i] * values[i];
      count += times[i];
    }
    return sum / count;
  }
}

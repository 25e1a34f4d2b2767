package dev.diffstream.worker.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What was expected of some rows and what was answered, and the figures that tell how well. One
 * kind for each kind of target; docs/objectives.md has the table.
 */
public abstract class Outcome {
  /** The metric that gates and aliases look at, under a name that all objectives share. */
  public static final String SCORE = "score";

  private final int rows;
  private final LinkedHashMap<String, Metric> metrics = new LinkedHashMap<>();

  /** Metrics that are shares of rows: their intervals are Wilson's. */
  private final Set<String> shares;

  Outcome(int rows, Set<String> shares) {
    if (rows == 0) {
      throw new IllegalArgumentException("no rows to measure on");
    }
    this.rows = rows;
    this.shares = Set.copyOf(shares);
  }

  /** The first one is the score. */
  final void metric(String name, Metric metric) {
    metrics.put(name, metric);
  }

  /** In the order in which they were named. */
  final List<Metric> metrics() {
    return List.copyOf(metrics.values());
  }

  final int rows() {
    return rows;
  }

  /** The objective's primary metric. */
  public final double score() {
    return metrics.firstEntry().getValue().of(once());
  }

  /**
   * Every metric by name, with {@code Low} and {@code High} of its interval; the score stands there
   * under both of its names.
   */
  public final Map<String, Double> figures() {
    Map<String, Double> figures = new TreeMap<>();
    List<Interval> intervals = Interval.bootstrap(metrics(), rows);
    int at = 0;
    for (Map.Entry<String, Metric> metric : metrics.entrySet()) {
      double value = metric.getValue().of(once());
      Interval interval =
          shares.contains(metric.getKey())
              ? Interval.wilson(value * rows, rows)
              : intervals.get(at);
      for (String name : names(metric.getKey(), at++)) {
        figures.put(name, value);
        figures.put(name + "Low", interval.low());
        figures.put(name + "High", interval.high());
      }
    }
    return figures;
  }

  private static List<String> names(String own, int at) {
    List<String> names = new ArrayList<>(List.of(own));
    if (at == 0) {
      names.add(SCORE);
    }
    return names;
  }

  private int[] once() {
    int[] times = new int[rows];
    Arrays.fill(times, 1);
    return times;
  }

  /** 2 right / (answered + expected); 0 where there is nothing of either. */
  static double f1(double right, double answered, double expected) {
    return answered + expected == 0 ? 0 : 2 * right / (answered + expected);
  }

  static double share(double part, double whole) {
    return whole == 0 ? 0 : part / whole;
  }
}

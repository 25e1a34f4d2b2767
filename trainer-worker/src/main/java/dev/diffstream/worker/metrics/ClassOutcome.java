package dev.diffstream.worker.metrics;

import java.util.Set;

/**
 * One class a row. Accuracy; macro F1, the plain mean over the classes that are expected or
 * answered somewhere; Matthews' correlation for any number of classes (Gorodkin 2004), 0 where one
 * side is constant.
 */
public final class ClassOutcome extends Outcome {
  private final int classes;
  private final int[] expected;
  private final int[] answered;

  /** Rows by class: expected, answered, and both. */
  private record Counts(double[] expected, double[] answered, double[] right, double rows) {}

  public ClassOutcome(int classes, int[] expected, int[] answered) {
    super(expected.length, Set.of("accuracy"));
    this.classes = classes;
    this.expected = expected.clone();
    this.answered = answered.clone();
    metric("accuracy", times -> accuracy(counts(times)));
    metric("macroF1", times -> macroF1(counts(times)));
    metric("matthews", times -> matthews(counts(times)));
  }

  /**
   * Rows by class.
   *
   * @return by expected class, by answered class
   */
  public long[][] confusion() {
    long[][] rows = new long[classes][classes];
    for (int i = 0; i < expected.length; i++) {
      rows[expected[i]][answered[i]]++;
    }
    return rows;
  }

  private Counts counts(int[] times) {
    Counts counts =
        new Counts(
            new double[classes],
            new double[classes],
            new double[classes],
            java.util.Arrays.stream(times).sum());
    for (int i = 0; i < expected.length; i++) {
      counts.expected[expected[i]] += times[i];
      counts.answered[answered[i]] += times[i];
      counts.right[expected[i]] += expected[i] == answered[i] ? times[i] : 0;
    }
    return counts;
  }

  private static double accuracy(Counts counts) {
    return sum(counts.right) / counts.rows;
  }

  private static double macroF1(Counts counts) {
    double sum = 0;
    int seen = 0;
    for (int c = 0; c < counts.right.length; c++) {
      if (counts.expected[c] + counts.answered[c] > 0) {
        sum += f1(counts.right[c], counts.answered[c], counts.expected[c]);
        seen++;
      }
    }
    return sum / seen;
  }

  private static double matthews(Counts counts) {
    double both = 0;
    double answered = 0;
    double expected = 0;
    for (int c = 0; c < counts.right.length; c++) {
      both += counts.answered[c] * counts.expected[c];
      answered += counts.answered[c] * counts.answered[c];
      expected += counts.expected[c] * counts.expected[c];
    }
    double all = counts.rows * counts.rows;
    double spread = (all - answered) * (all - expected);
    return spread == 0 ? 0 : (sum(counts.right) * counts.rows - both) / Math.sqrt(spread);
  }

  private static double sum(double[] values) {
    return java.util.Arrays.stream(values).sum();
  }
}

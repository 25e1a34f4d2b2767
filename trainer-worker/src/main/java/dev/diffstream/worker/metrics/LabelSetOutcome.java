package dev.diffstream.worker.metrics;

import java.util.BitSet;
import java.util.List;
import java.util.Set;

/**
 * A set of labels a row. Micro F1 over all decisions; macro F1, the plain mean over all labels of
 * the task, 0 for one that is neither expected nor answered; subset accuracy, the share of rows
 * whose set is exactly right.
 */
public final class LabelSetOutcome extends Outcome {
  private final int labels;
  private final List<BitSet> expected;
  private final List<BitSet> answered;

  private record Counts(double[] expected, double[] answered, double[] right) {}

  public LabelSetOutcome(int labels, List<BitSet> expected, List<BitSet> answered) {
    super(expected.size(), Set.of("subsetAccuracy"));
    this.labels = labels;
    this.expected = List.copyOf(expected);
    this.answered = List.copyOf(answered);
    metric("microF1", times -> microF1(counts(times)));
    metric("macroF1", times -> macroF1(counts(times)));
    metric("subsetAccuracy", this::subsetAccuracy);
  }

  private Counts counts(int[] times) {
    Counts counts = new Counts(new double[labels], new double[labels], new double[labels]);
    for (int i = 0; i < rows(); i++) {
      BitSet wanted = expected.get(i);
      BitSet given = answered.get(i);
      for (int c = wanted.nextSetBit(0); c >= 0; c = wanted.nextSetBit(c + 1)) {
        counts.expected[c] += times[i];
        counts.right[c] += given.get(c) ? times[i] : 0;
      }
      for (int c = given.nextSetBit(0); c >= 0; c = given.nextSetBit(c + 1)) {
        counts.answered[c] += times[i];
      }
    }
    return counts;
  }

  private static double microF1(Counts counts) {
    return f1(sum(counts.right), sum(counts.answered), sum(counts.expected));
  }

  private static double macroF1(Counts counts) {
    double sum = 0;
    for (int c = 0; c < counts.right.length; c++) {
      sum += f1(counts.right[c], counts.answered[c], counts.expected[c]);
    }
    return sum / counts.right.length;
  }

  private double subsetAccuracy(int[] times) {
    double right = 0;
    double all = 0;
    for (int i = 0; i < rows(); i++) {
      right += expected.get(i).equals(answered.get(i)) ? times[i] : 0;
      all += times[i];
    }
    return right / all;
  }

  private static double sum(double[] values) {
    return java.util.Arrays.stream(values).sum();
  }
}

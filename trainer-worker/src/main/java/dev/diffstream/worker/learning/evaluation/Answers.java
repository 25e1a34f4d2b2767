package dev.diffstream.worker.learning.evaluation;

import dev.diffstream.schemas.data.BioTags;
import dev.diffstream.worker.learning.rows.EncodedDataSet;
import dev.diffstream.worker.learning.rows.EncodedDataSet.Row;
import dev.diffstream.worker.learning.rows.Target;
import dev.diffstream.worker.metrics.ClassOutcome;
import dev.diffstream.worker.metrics.EntityOutcome;
import dev.diffstream.worker.metrics.LabelSetOutcome;
import dev.diffstream.worker.metrics.NumberOutcome;
import dev.diffstream.worker.metrics.Outcome;
import dev.diffstream.worker.metrics.TokenOutcome;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;

/**
 * What rows were answered, collected batch by batch: the decisions and the loss are kept, the
 * logits are not.
 */
abstract sealed class Answers {
  private double loss;
  private long terms;

  static Answers of(EncodedDataSet data) {
    return switch (data.objective().labelling()) {
      case CLASS -> new Classes(data.outputs());
      case NUMBER -> new Numbers();
      case LABEL_SET -> new LabelSets(data.outputs());
      case TAGS -> new Tags(data.labels());
      case NONE -> new Masked();
    };
  }

  /**
   * @param logits one row for the text, or one for each token that was asked
   */
  abstract void add(Row row, List<float[]> logits);

  abstract Outcome outcome();

  /** The loss that training lowers, over all rows. */
  final double loss() {
    return loss / Math.max(1, terms);
  }

  final void addLoss(double sum, int count) {
    loss += sum;
    terms += count;
  }

  /** The softmax cross entropy of one answer. */
  static double crossEntropy(float[] logits, int target) {
    double max = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    return Math.log(sum) + max - logits[target];
  }

  static int largest(float[] logits) {
    int best = 0;
    for (int c = 1; c < logits.length; c++) {
      best = logits[c] > logits[best] ? c : best;
    }
    return best;
  }

  private static int[] array(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).toArray();
  }

  private static final class Classes extends Answers {
    private final int classes;
    private final List<Integer> expected = new ArrayList<>();
    private final List<Integer> answered = new ArrayList<>();

    Classes(int classes) {
      this.classes = classes;
    }

    @Override
    void add(Row row, List<float[]> logits) {
      int target = ((Target.OfClass) row.target()).index();
      expected.add(target);
      answered.add(largest(logits.getFirst()));
      addLoss(crossEntropy(logits.getFirst(), target), 1);
    }

    @Override
    Outcome outcome() {
      return new ClassOutcome(classes, array(expected), array(answered));
    }
  }

  private static final class Numbers extends Answers {
    private final List<Double> expected = new ArrayList<>();
    private final List<Double> answered = new ArrayList<>();

    @Override
    void add(Row row, List<float[]> logits) {
      double target = ((Target.OfNumber) row.target()).value();
      double answer = logits.getFirst()[0];
      expected.add(target);
      answered.add(answer);
      addLoss((answer - target) * (answer - target), 1);
    }

    @Override
    Outcome outcome() {
      return new NumberOutcome(doubles(expected), doubles(answered));
    }

    private static double[] doubles(List<Double> values) {
      return values.stream().mapToDouble(Double::doubleValue).toArray();
    }
  }

  private static final class LabelSets extends Answers {
    private final int labels;
    private final List<BitSet> expected = new ArrayList<>();
    private final List<BitSet> answered = new ArrayList<>();

    LabelSets(int labels) {
      this.labels = labels;
    }

    @Override
    void add(Row row, List<float[]> logits) {
      BitSet target = ((Target.OfLabels) row.target()).labels();
      float[] scores = logits.getFirst();
      BitSet answer = new BitSet();
      double sum = 0;
      for (int c = 0; c < labels; c++) {
        answer.set(c, scores[c] > 0); // the sigmoid is above one half
        double wrong = target.get(c) ? -scores[c] : scores[c];
        sum += Math.max(wrong, 0) + Math.log1p(Math.exp(-Math.abs(wrong)));
      }
      expected.add(target);
      answered.add(answer);
      addLoss(sum / labels, 1);
    }

    @Override
    Outcome outcome() {
      return new LabelSetOutcome(labels, expected, answered);
    }
  }

  private static final class Tags extends Answers {
    private final List<String> labels;
    private final List<List<String>> expected = new ArrayList<>();
    private final List<List<String>> answered = new ArrayList<>();

    Tags(List<String> labels) {
      this.labels = labels;
    }

    /** Words that nothing was asked about are outside. */
    @Override
    void add(Row row, List<float[]> logits) {
      Target.OfWords target = (Target.OfWords) row.target();
      List<String> wanted = new ArrayList<>();
      List<String> given =
          new ArrayList<>(Collections.nCopies(target.tags().length, BioTags.OUTSIDE));
      int asked = 0;
      for (int i = 0; i < target.tags().length; i++) {
        wanted.add(labels.get(target.tags()[i]));
        if (target.positions()[i] >= 0) {
          float[] scores = logits.get(asked++);
          given.set(i, labels.get(largest(scores)));
          addLoss(crossEntropy(scores, target.tags()[i]), 1);
        }
      }
      expected.add(wanted);
      answered.add(given);
    }

    @Override
    Outcome outcome() {
      return new EntityOutcome(expected, answered);
    }
  }

  private static final class Masked extends Answers {
    private final List<Integer> right = new ArrayList<>();
    private final List<Integer> asked = new ArrayList<>();

    @Override
    void add(Row row, List<float[]> logits) {
      int[] ids = ((Target.OfMasked) row.target()).ids();
      int hits = 0;
      for (int i = 0; i < ids.length; i++) {
        hits += largest(logits.get(i)) == ids[i] ? 1 : 0;
        addLoss(crossEntropy(logits.get(i), ids[i]), 1);
      }
      right.add(hits);
      asked.add(ids.length);
    }

    @Override
    Outcome outcome() {
      return new TokenOutcome(array(right), array(asked));
    }
  }
}

package dev.diffstream.worker.learning.frozen;

import dev.diffstream.worker.learning.rows.Target;
import java.util.ArrayList;
import java.util.List;

/** The loss of one vector of logits, as {@link dev.diffstream.base.encoder.Encoder#step} has it. */
sealed interface HeadLoss {
  /** Returns the loss, and turns {@code logits} into its gradient. */
  double gradient(float[] logits);

  /** The losses of a row: one, or one for each word that has a tag. */
  static List<HeadLoss> of(Target target, int outputs) {
    return switch (target) {
      case Target.OfClass one -> List.of(new OfClass(one.index()));
      case Target.OfNumber number -> List.of(new OfNumber(number.value()));
      case Target.OfLabels set -> {
        boolean[] has = new boolean[outputs];
        set.labels().stream().forEach(label -> has[label] = true);
        yield List.of(new OfLabels(has));
      }
      case Target.OfWords words -> {
        List<HeadLoss> losses = new ArrayList<>();
        for (int tag : words.askedTags()) {
          losses.add(new OfClass(tag));
        }
        yield losses;
      }
      case Target.OfMasked masked ->
          throw new IllegalArgumentException("no head alone learns masked tokens: " + masked);
    };
  }

  /** Softmax cross entropy. */
  record OfClass(int index) implements HeadLoss {
    @Override
    public double gradient(float[] logits) {
      float max = Float.NEGATIVE_INFINITY;
      for (float logit : logits) {
        max = Math.max(max, logit);
      }
      double sum = 0;
      double[] powers = new double[logits.length];
      for (int c = 0; c < logits.length; c++) {
        powers[c] = Math.exp(logits[c] - max);
        sum += powers[c];
      }
      double loss = Math.log(sum) + max - logits[index];
      for (int c = 0; c < logits.length; c++) {
        logits[c] = (float) (powers[c] / sum) - (c == index ? 1 : 0);
      }
      return loss;
    }
  }

  /** The squared error of the only output. */
  record OfNumber(float value) implements HeadLoss {
    @Override
    public double gradient(float[] logits) {
      double error = logits[0] - value;
      logits[0] = (float) (2 * error);
      return error * error;
    }
  }

  /** The mean over the labels of the binary cross entropy. */
  @SuppressWarnings("ArrayRecordComponent") // read only
  record OfLabels(boolean[] has) implements HeadLoss {
    @Override
    public double gradient(float[] logits) {
      double loss = 0;
      for (int c = 0; c < logits.length; c++) {
        double wrong = has[c] ? -logits[c] : logits[c];
        loss += Math.max(wrong, 0) + Math.log1p(Math.exp(-Math.abs(wrong)));
        double share = 1 / (1 + Math.exp(-logits[c]));
        logits[c] = (float) ((share - (has[c] ? 1 : 0)) / logits.length);
      }
      return loss / logits.length;
    }
  }
}

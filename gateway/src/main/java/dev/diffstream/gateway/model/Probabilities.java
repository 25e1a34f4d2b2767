package dev.diffstream.gateway.model;

/** Logits as probabilities, computed in double and rounded once. */
public final class Probabilities {
  private Probabilities() {}

  /** Softmax: of outputs that exclude each other. */
  public static float[] softmax(float[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double[] powers = new double[logits.length];
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      powers[i] = StrictMath.exp(logits[i] - max);
      sum += powers[i];
    }
    float[] probabilities = new float[logits.length];
    for (int i = 0; i < logits.length; i++) {
      probabilities[i] = (float) (powers[i] / sum);
    }
    return probabilities;
  }

  /** Sigmoid: of each output by itself. */
  public static float[] sigmoid(float[] logits) {
    float[] probabilities = new float[logits.length];
    for (int i = 0; i < logits.length; i++) {
      probabilities[i] = (float) (1 / (1 + StrictMath.exp(-logits[i])));
    }
    return probabilities;
  }

  /**
   * The largest probability of {@link #softmax}, unrounded, and not the same to the last bit on
   * every machine; NaN where there is none.
   */
  public static double ofLargest(float[] logits) {
    int best = largest(logits);
    double sum = 1;
    for (int i = 0; i < logits.length; i++) {
      if (i != best) {
        sum += Math.exp(logits[i] - logits[best]);
      }
    }
    return 1 / sum;
  }

  /** The place of the largest; of equal ones, the first. */
  public static int largest(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }
}

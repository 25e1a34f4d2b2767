package dev.diffstream.gateway.model;

/** Logits as probabilities, computed in double and rounded once. */
public final class Probabilities {
  private Probabilities() {}

  /** Of one choice among all. */
  public static float[] softmax(float[] logits) {
    double most = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      most = Math.max(most, logit);
    }
    double[] powers = new double[logits.length];
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      powers[i] = StrictMath.exp(logits[i] - most);
      sum += powers[i];
    }
    float[] probabilities = new float[logits.length];
    for (int i = 0; i < logits.length; i++) {
      probabilities[i] = (float) (powers[i] / sum);
    }
    return probabilities;
  }

  /** Of each alone. */
  public static float[] sigmoid(float[] logits) {
    float[] probabilities = new float[logits.length];
    for (int i = 0; i < logits.length; i++) {
      probabilities[i] = (float) (1 / (1 + StrictMath.exp(-logits[i])));
    }
    return probabilities;
  }
}

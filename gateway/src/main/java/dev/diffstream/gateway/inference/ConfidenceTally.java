package dev.diffstream.gateway.inference;

import dev.diffstream.gateway.confidence.Moments;
import dev.diffstream.gateway.model.Probabilities;

/**
 * The probabilities of the labels that one request is answered with. Belongs to the thread that
 * puts the answers into their form.
 */
final class ConfidenceTally {
  private long count;
  private double mean;
  private double squares;

  /**
   * A text was answered with its likeliest label. Adds by the formula of Welford ("Note on a method
   * for calculating corrected sums of squares and products", 1962).
   *
   * @param logits one for each label
   */
  void add(float[] logits) {
    double probability = Probabilities.ofLargest(logits);
    if (probability > 0) { // what is no number has no answer
      count++;
      double apart = probability - mean;
      mean += apart / count;
      squares += apart * (probability - mean);
    }
  }

  Moments moments() {
    return count == 0 ? Moments.NONE : new Moments(count, mean, squares);
  }
}

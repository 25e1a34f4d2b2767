package dev.diffstream.gateway.confidence;

import dev.diffstream.schemas.event.GatewayResidency.Window;

/**
 * Count, mean and spread of numbers that are not kept; immutable.
 *
 * @param squares sum of the squared distances from the mean
 */
public record Moments(long count, double mean, double squares) {
  public static final Moments NONE = new Moments(0, 0, 0);

  /**
   * Both together, by the formula of Chan, Golub and LeVeque ("Updating formulae and a pairwise
   * algorithm for computing sample variances", 1979).
   */
  public Moments plus(Moments others) {
    if (count == 0) {
      return others;
    }
    if (others.count == 0) {
      return this;
    }
    long both = count + others.count;
    double apart = others.mean - mean;
    return new Moments(
        both,
        mean + apart * others.count / both,
        squares + others.squares + apart * apart * count * others.count / both);
  }

  /** As a gateway tells it. */
  Window window() {
    return new Window(count, mean, count < 2 ? 0 : squares / (count - 1));
  }
}

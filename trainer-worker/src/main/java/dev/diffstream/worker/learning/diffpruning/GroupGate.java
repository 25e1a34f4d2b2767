package dev.diffstream.worker.learning.diffpruning;

import dev.diffstream.worker.learning.parameters.Vectors;

/**
 * The gate z_g of one named tensor (the structured variant), with its own Adam.
 *
 * <p>One pass over the tensor both needs z_g of this step, for the gradients, and z_g of the next,
 * for theta; and the sum that moves alpha_g is known only behind it. So the next z_g is drawn
 * before alpha_g moves: alpha_g acts one step late.
 */
final class GroupGate {
  private double alpha = 5;
  private double mean;
  private double square;
  private double z = 1;
  private double slope;
  private double nextZ = 1;
  private double nextSlope;

  /** Draws z_g for the coming step from {@code u}, uniform on (0, 1). */
  void drawNext(double u) {
    double s = sigmoid(Math.log(u) - Math.log1p(-u) + alpha);
    nextZ = Math.clamp(3 * s - 1.5, 0, 1);
    nextSlope = nextZ > 0 && nextZ < 1 ? 3 * s * (1 - s) : 0;
  }

  /** z_g of this step. */
  float z() {
    return (float) z;
  }

  /** z_g of the next step, as it was drawn. */
  float nextZ() {
    return (float) nextZ;
  }

  /** z_g without noise: what evaluation uses. */
  float deterministicGate() {
    return (float) Math.clamp(3 * sigmoid(alpha) - 1.5, 0, 1);
  }

  /**
   * dL/dalpha_g.
   *
   * @param dot sum of {@code g w z} over the tensor
   */
  double gradient(double dot, double lambda) {
    double p = sigmoid(alpha);
    return dot * slope + lambda * p * (1 - p);
  }

  /** One step of Adam; the gate that was drawn becomes this step's. */
  void advance(double gradient, double rate, long step) {
    mean = Vectors.BETA1 * mean + (1 - Vectors.BETA1) * gradient;
    square = Vectors.BETA2 * square + (1 - Vectors.BETA2) * gradient * gradient;
    double m = mean / (1 - Math.pow(Vectors.BETA1, step));
    double v = square / (1 - Math.pow(Vectors.BETA2, step));
    alpha = Math.clamp(alpha - rate * m / (Math.sqrt(v) + Vectors.EPSILON), -20, 20);
    promoteDrawnGate();
  }

  /** The gate that was drawn becomes this step's. */
  void promoteDrawnGate() {
    z = nextZ;
    slope = nextSlope;
  }

  double[] state() {
    return new double[] {alpha, mean, square, z, slope};
  }

  void load(double[] state) {
    alpha = state[0];
    mean = state[1];
    square = state[2];
    z = state[3];
    slope = state[4];
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}

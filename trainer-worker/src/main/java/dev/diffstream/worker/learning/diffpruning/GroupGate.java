package dev.diffstream.worker.learning.diffpruning;

/** The gate z_g of one named tensor (the structured variant), with its own Adam. */
final class GroupGate {
  private double alpha = 5;
  private double mean;
  private double square;
  private float z;
  private double slope;

  /** Draws z_g for the coming step from {@code u}, uniform on (0, 1). */
  void draw(double u) {
    double s = sigmoid(Math.log(u) - Math.log1p(-u) + alpha);
    double open = Math.clamp(3 * s - 1.5, 0, 1);
    z = (float) open;
    slope = open > 0 && open < 1 ? 3 * s * (1 - s) : 0;
  }

  float z() {
    return z;
  }

  /** z_g without noise: what evaluation uses. */
  float still() {
    return (float) Math.clamp(3 * sigmoid(alpha) - 1.5, 0, 1);
  }

  double gradient(double dot, double lambda) {
    double p = sigmoid(alpha);
    return dot * slope + lambda * p * (1 - p);
  }

  void update(double gradient, double rate, long step) {
    mean = GateKernels.BETA1 * mean + (1 - GateKernels.BETA1) * gradient;
    square = GateKernels.BETA2 * square + (1 - GateKernels.BETA2) * gradient * gradient;
    double m = mean / (1 - Math.pow(GateKernels.BETA1, step));
    double v = square / (1 - Math.pow(GateKernels.BETA2, step));
    alpha = Math.clamp(alpha - rate * m / (Math.sqrt(v) + GateKernels.EPSILON), -20, 20);
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}

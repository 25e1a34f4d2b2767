package dev.diffstream.benchmarks.statistics;

/** Student's t distribution with a whole number of degrees of freedom. */
final class StudentT {
  private static final int BISECTIONS = 200;

  private StudentT() {}

  /** P(|T| &lt; t): the finite sums of Abramowitz and Stegun, 26.7.3 and 26.7.4. */
  static double within(double t, int degrees) {
    double angle = Math.atan(t / Math.sqrt(degrees));
    double square = Math.cos(angle) * Math.cos(angle);
    boolean odd = degrees % 2 == 1;
    double term = odd ? Math.cos(angle) : 1;
    double sum = degrees == 1 ? 0 : term;
    for (int k = odd ? 3 : 2; k < degrees; k += 2) {
      term *= square * (k - 1) / k;
      sum += term;
    }
    return odd ? 2 / Math.PI * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
  }

  /** The t with P(|T| &lt; t) = {@code probability}. */
  static double critical(double probability, int degrees) {
    double low = 0;
    double high = 1e6;
    for (int i = 0; i < BISECTIONS; i++) {
      double middle = (low + high) / 2;
      if (within(middle, degrees) < probability) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return high;
  }
}

package dev.diffstream.worker.learning.frozen;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;

/**
 * L-BFGS with a backtracking line search (Nocedal and Wright, Numerical Optimization, 2nd edition,
 * algorithms 7.4 and 7.5) for smooth convex functions. The same function gives the same bits.
 */
final class LimitedMemoryBfgs {
  private static final int PAIRS = 8;
  private static final int MAX_HALVINGS = 30;

  /** Of the decrease that the gradient promises, what a step must bring (Armijo). */
  private static final double SUFFICIENT = 1e-4;

  /** A curvature below this share of the step's square is noise. */
  private static final double MIN_CURVATURE = 1e-12;

  private final int maxIterations;
  private final double tolerance;
  private final Deque<Pair> pairs = new ArrayDeque<>();

  /** Value and gradient at a point. */
  interface Function {
    /**
     * @param gradient is filled
     */
    double at(double[] point, double[] gradient);
  }

  @SuppressWarnings("ArrayRecordComponent") // of one minimisation
  private record Pair(double[] step, double[] change, double curvature) {}

  /**
   * @param tolerance ends the search when an iteration lowers the value by less than this share
   */
  LimitedMemoryBfgs(int maxIterations, double tolerance) {
    this.maxIterations = maxIterations;
    this.tolerance = tolerance;
  }

  /** Moves {@code point} to where the function is least, as far as the iterations reach. */
  void minimise(Function function, double[] point) {
    pairs.clear();
    double[] gradient = new double[point.length];
    double value = function.at(point, gradient);
    for (int i = 0; i < maxIterations; i++) {
      double[] direction = direction(gradient);
      double slope = dot(direction, gradient);
      if (!(slope < 0)) {
        return;
      }
      double first = pairs.isEmpty() ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
      double[] next = new double[point.length];
      double[] nextGradient = new double[point.length];
      double nextValue =
          search(function, point, value, direction, first, slope, next, nextGradient);
      if (!(nextValue < value)) {
        return;
      }
      remember(point, next, gradient, nextGradient);
      boolean settled = value - nextValue <= tolerance * Math.abs(value);
      System.arraycopy(next, 0, point, 0, point.length);
      gradient = nextGradient;
      value = nextValue;
      if (settled) {
        return;
      }
    }
  }

  /** The value at {@code next}, which is not less than {@code value} where no step was found. */
  private static double search(
      Function function,
      double[] point,
      double value,
      double[] direction,
      double first,
      double slope,
      double[] next,
      double[] nextGradient) {
    double length = first;
    double nextValue = value;
    for (int i = 0; i < MAX_HALVINGS; i++, length /= 2) {
      for (int k = 0; k < point.length; k++) {
        next[k] = point[k] + length * direction[k];
      }
      nextValue = function.at(next, nextGradient);
      if (nextValue <= value + SUFFICIENT * length * slope) {
        return nextValue;
      }
    }
    return Double.NaN;
  }

  /** The two loops of algorithm 7.4: minus the inverse Hessian's estimate times the gradient. */
  private double[] direction(double[] gradient) {
    double[] q = gradient.clone();
    double[] shares = new double[pairs.size()];
    int at = 0;
    for (Pair pair : pairs) { // from the newest
      shares[at] = dot(pair.step(), q) / pair.curvature();
      addTo(q, -shares[at], pair.change());
      at++;
    }
    if (!pairs.isEmpty()) {
      Pair newest = pairs.getFirst();
      double scale = newest.curvature() / dot(newest.change(), newest.change());
      Arrays.setAll(q, k -> q[k] * scale);
    }
    for (Iterator<Pair> oldest = pairs.descendingIterator(); oldest.hasNext(); ) {
      Pair pair = oldest.next();
      at--;
      addTo(q, shares[at] - dot(pair.change(), q) / pair.curvature(), pair.step());
    }
    Arrays.setAll(q, k -> -q[k]);
    return q;
  }

  private void remember(double[] point, double[] next, double[] gradient, double[] nextGradient) {
    double[] step = difference(next, point);
    double[] change = difference(nextGradient, gradient);
    double curvature = dot(step, change);
    if (curvature > MIN_CURVATURE * dot(step, step)) {
      pairs.addFirst(new Pair(step, change, curvature));
      if (pairs.size() > PAIRS) {
        pairs.removeLast();
      }
    }
  }

  private static double[] difference(double[] a, double[] b) {
    double[] difference = new double[a.length];
    Arrays.setAll(difference, k -> a[k] - b[k]);
    return difference;
  }

  private static void addTo(double[] sum, double factor, double[] x) {
    for (int k = 0; k < sum.length; k++) {
      sum[k] += factor * x[k];
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += a[k] * b[k];
    }
    return sum;
  }
}

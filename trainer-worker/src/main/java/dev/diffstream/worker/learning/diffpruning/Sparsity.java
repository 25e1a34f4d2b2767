package dev.diffstream.worker.learning.diffpruning;

import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.checkpoint.StateWriter;
import java.util.function.DoubleUnaryOperator;

/**
 * Steers the penalty so that stage 1 ends with the wanted share of open gates.
 *
 * <p>A fixed lambda has a narrow good range, and another one for every number of steps: too small
 * and most gates are still open at the end, too large and they all shut at once, by no merit. So
 * the share of open gates is led down a curve: it stays until a fifth of the steps, falls in equal
 * ratios to the target until four fifths, and stays. Every step lambda is multiplied by {@code
 * (share / curve)^0.1}, within a tenth. Where the share is still above the curve after the fall
 * began, all gates are moved down by one amount, so that the lowest shut first: their order, which
 * is what stage 1 learns, stays.
 */
final class Sparsity {
  private static final double FALL_BEGINS = 0.2;
  private static final double FALL_ENDS = 0.8;
  private static final int SHIFT_EVERY = 5;

  private final double start;
  private final double target;
  private final long steps;
  private double lambda;
  private double shift;

  /**
   * @param start share of all base parameters that have a gate
   * @param target wanted at the end, of all base parameters
   */
  Sparsity(double start, double target, long steps, double lambda) {
    this.start = start;
    this.target = Math.min(target, start);
    this.steps = steps;
    this.lambda = lambda;
  }

  void save(StateWriter out) {
    out.doubles("sparsity", lambda, shift);
  }

  void load(StateReader in) {
    double[] values = in.doubles("sparsity", 2);
    lambda = values[0];
    shift = values[1];
  }

  float lambda() {
    return (float) lambda;
  }

  /** What the next step adds to every alpha; not above 0. */
  double shift() {
    return shift;
  }

  /** The share of open gates that is wanted at most after {@code step}. */
  double curve(long step) {
    double done = ((double) step / steps - FALL_BEGINS) / (FALL_ENDS - FALL_BEGINS);
    return start * Math.pow(target / start, Math.clamp(done, 0, 1));
  }

  /**
   * Adjusts lambda and shift to the share of open gates after {@code step}.
   *
   * @param alphaAbove the alpha above which a share of the gates stands
   */
  void observe(long step, double share, DoubleUnaryOperator alphaAbove) {
    shift = tooManyOpen(step, share) ? Math.min(0, -alphaAbove.applyAsDouble(curve(step))) : 0;
    if (step > FALL_BEGINS * steps) {
      double ratio = Math.max(share, 1e-6) / curve(step);
      lambda *= Math.clamp(Math.pow(ratio, 0.1), 0.9, 1.1);
    }
  }

  private boolean tooManyOpen(long step, double share) {
    return step > FALL_BEGINS * steps && step % SHIFT_EVERY == 0 && share > 1.02 * curve(step);
  }
}

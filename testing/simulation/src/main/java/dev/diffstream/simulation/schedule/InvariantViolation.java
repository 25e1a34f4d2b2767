package dev.diffstream.simulation.schedule;

/**
 * An invariant does not hold. An Error, since it may be found within a step of one process that
 * runs inside an effect of another, and must pass through the product's code.
 */
public final class InvariantViolation extends Error {
  private static final long serialVersionUID = 1L;

  /**
   * @param invariant its name in the design, such as {@code I3}
   */
  public InvariantViolation(String invariant, String what) {
    super(invariant + ": " + what);
  }
}

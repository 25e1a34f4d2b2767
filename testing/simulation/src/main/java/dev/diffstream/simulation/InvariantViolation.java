package dev.diffstream.simulation;

/** An invariant does not hold. */
final class InvariantViolation extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param invariant its name in the design, such as {@code I3}
   */
  InvariantViolation(String invariant, String what) {
    super(invariant + ": " + what);
  }
}

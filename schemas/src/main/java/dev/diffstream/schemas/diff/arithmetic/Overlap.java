package dev.diffstream.schemas.diff.arithmetic;

/**
 * What two sparse changes have in common, as sums that add up over parameters.
 *
 * @param left positions that the first changes
 * @param right positions that the second changes
 * @param both positions that both change
 * @param sameSign of these, where both values have one sign
 * @param otherSign of these, where the signs differ; a value of zero has none and counts in neither
 * @param dot inner product
 * @param leftSquares sum of squares of the first
 * @param rightSquares sum of squares of the second
 * @param leftSquaresOnBoth sum of squares of the first at common positions
 * @param rightSquaresOnBoth sum of squares of the second at common positions
 */
public record Overlap(
    long left,
    long right,
    long both,
    long sameSign,
    long otherSign,
    double dot,
    double leftSquares,
    double rightSquares,
    double leftSquaresOnBoth,
    double rightSquaresOnBoth) {

  static final Overlap NONE = new Overlap(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

  /** Common positions divided by those that either changes; 0 if there are none. */
  public double jaccard() {
    return ratio(both, left + right - both);
  }

  /** Of the two as vectors over all parameters; 0 if one of them is zero. */
  public double cosine() {
    return ratio(dot, Math.sqrt(leftSquares) * Math.sqrt(rightSquares));
  }

  /** Of the two at common positions alone; 0 if there is none. */
  public double cosineOnBoth() {
    return ratio(dot, Math.sqrt(leftSquaresOnBoth) * Math.sqrt(rightSquaresOnBoth));
  }

  /**
   * Share of the common positions where the signs agree, of those where both values have a sign; 0
   * if there is none.
   */
  public double signAgreement() {
    return ratio(sameSign, sameSign + otherSign);
  }

  /**
   * Common positions that two independent, uniformly random choices of as many positions would have
   * on average.
   *
   * @param size number of positions to choose from
   */
  public double expected(long size) {
    return ratio((double) left * right, size);
  }

  Overlap plus(Overlap other) {
    return new Overlap(
        left + other.left,
        right + other.right,
        both + other.both,
        sameSign + other.sameSign,
        otherSign + other.otherSign,
        dot + other.dot,
        leftSquares + other.leftSquares,
        rightSquares + other.rightSquares,
        leftSquaresOnBoth + other.leftSquaresOnBoth,
        rightSquaresOnBoth + other.rightSquaresOnBoth);
  }

  private static double ratio(double part, double whole) {
    return whole == 0 ? 0 : part / whole;
  }
}

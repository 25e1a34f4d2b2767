package dev.diffstream.schemas.diff.arithmetic;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;

/** What stands where several diffs meet. */
public enum MergeMethod {
  /** The weighted sum, everywhere. */
  ADD("add"),
  /**
   * The weighted mean over those that change the position: what one alone changes is kept whole,
   * whatever its weight.
   */
  OVERLAP_AWARE("overlap-aware");

  private final String text;

  MergeMethod(String text) {
    this.text = text;
  }

  /** As an option says it. */
  public String text() {
    return text;
  }

  /**
   * The value at a position.
   *
   * @param sum of weight times value, over those that change it
   * @param weights sum of their weights
   */
  double value(double sum, double weights) {
    return this == ADD ? sum : sum / weights;
  }

  public static MergeMethod of(String text) {
    for (MergeMethod method : values()) {
      if (method.text.equals(text)) {
        return method;
      }
    }
    throw new DiffstreamException(
        ErrorCode.INVALID_EVENT, "merge method must be add or overlap-aware, got: " + text);
  }
}

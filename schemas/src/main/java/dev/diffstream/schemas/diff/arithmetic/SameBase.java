package dev.diffstream.schemas.diff.arithmetic;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.DiffMetadata;

/**
 * Positions and values of two diffs can be set against each other only over one base.
 *
 * @param firstName what the first is called in messages
 * @param otherName what the other is
 */
public record SameBase(Diff first, String firstName, Diff other, String otherName) {
  static SameBase of(Diff first, Diff other) {
    return new SameBase(
        first,
        "the diff of task " + first.metadata().taskId(),
        other,
        "the diff of task " + other.metadata().taskId());
  }

  /**
   * @throws DiffstreamException BASE_MISMATCH
   */
  public void check() {
    DiffMetadata a = first.metadata();
    DiffMetadata b = other.metadata();
    expect("base digest", a.baseDigest(), b.baseDigest());
    expect("number of base parameters", a.baseParameters(), b.baseParameters());
  }

  /**
   * Their inputs are read in the same way too.
   *
   * @throws DiffstreamException BASE_MISMATCH
   */
  public void checkInputs() {
    expect(
        "tokeniser digest", first.metadata().tokenizerDigest(), other.metadata().tokenizerDigest());
  }

  private void expect(String what, Object expected, Object actual) {
    if (!expected.equals(actual)) {
      throw new DiffstreamException(
          ErrorCode.BASE_MISMATCH,
          "%s of %s: expected %s as %s has, got %s"
              .formatted(what, otherName, expected, firstName, actual));
    }
  }
}

package dev.diffstream.schemas.diff.arithmetic;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.Diff;
import dev.diffstream.schemas.diff.DiffMetadata;

/** Positions and values of two diffs can be set against each other only over one base. */
final class SameBase {
  private SameBase() {}

  /**
   * @throws DiffstreamException BASE_MISMATCH
   */
  static void check(Diff first, Diff other) {
    DiffMetadata a = first.metadata();
    DiffMetadata b = other.metadata();
    expect(a, b, "base digest", a.baseDigest(), b.baseDigest());
    expect(a, b, "number of base parameters", a.baseParameters(), b.baseParameters());
  }

  /** Their inputs are read in the same way too. */
  static void checkInputs(Diff first, Diff other) {
    DiffMetadata a = first.metadata();
    DiffMetadata b = other.metadata();
    expect(a, b, "tokeniser digest", a.tokenizerDigest(), b.tokenizerDigest());
  }

  private static void expect(
      DiffMetadata a, DiffMetadata b, String what, Object expected, Object actual) {
    if (!expected.equals(actual)) {
      throw new DiffstreamException(
          ErrorCode.BASE_MISMATCH,
          "%s of the diff of task %s: expected %s as the diff of task %s has, got %s"
              .formatted(what, b.taskId(), expected, a.taskId(), actual));
    }
  }
}

package dev.diffstream.base.input;

/** One example as a base takes it. */
public sealed interface Input permits Encoding, TensorInput {
  /**
   * The length that decides how far a batch is padded: tokens of the longest sequence, or steps of
   * the longest varying dimension; 1 if no dimension varies.
   */
  int maxSequenceLength();

  /** Whether the example was cut to a maximum length. */
  boolean truncated();
}

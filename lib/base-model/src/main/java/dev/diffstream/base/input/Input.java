package dev.diffstream.base.input;

/** One example as a base takes it. */
public sealed interface Input permits Encoding, TensorInput {
  /** What a batch pads to, in tokens or in steps of the varying dimension; 1 if nothing varies. */
  int longest();

  /** Whether a part was dropped to keep to a limit. */
  boolean truncated();
}

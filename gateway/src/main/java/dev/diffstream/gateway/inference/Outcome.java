package dev.diffstream.gateway.inference;

import dev.diffstream.gateway.model.Answer;

/** What became of one example of a request. */
public sealed interface Outcome {
  /**
   * @param truncated whether the model did not see its end
   */
  record Computed(Answer answer, boolean truncated) implements Outcome {}

  /** The example has no answer; others of its request may have one. */
  record Failed(RuntimeException reason) implements Outcome {}
}

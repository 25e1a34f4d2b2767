package dev.diffstream.gateway.inference;

import dev.diffstream.gateway.model.Answer;
import java.util.ArrayList;
import java.util.List;

/**
 * The answers to all of a request's examples.
 *
 * @param truncated whether the model did not see the end of one of them
 */
public record Answered(List<Answer> answers, boolean truncated) {
  /** Throws the reason of the first example that has no answer. */
  static Answered of(List<Outcome> outcomes) {
    List<Answer> answers = new ArrayList<>();
    boolean truncated = false;
    for (Outcome outcome : outcomes) {
      switch (outcome) {
        case Outcome.Computed(Answer answer, boolean cut) -> {
          answers.add(answer);
          truncated |= cut;
        }
        case Outcome.Failed(RuntimeException reason) -> throw reason;
      }
    }
    return new Answered(List.copyOf(answers), truncated);
  }
}

package dev.diffstream.base.encoder;

import dev.diffstream.base.input.Batch;
import dev.diffstream.base.network.Output;

/** Chooses the loss of the targets, and checks that batch and head fit them. */
final class Losses {
  private Losses() {}

  /**
   * @throws IllegalArgumentException if batch, head and targets do not fit together
   */
  static Output of(Batch batch, Head head, Targets targets) {
    if (targets instanceof Targets.TokenTargets tokens) {
      return ofTokens(head, tokens);
    }
    if (targets.size() != batch.size()) {
      throw new IllegalArgumentException(
          "%d targets for a batch of %d examples".formatted(targets.size(), batch.size()));
    }
    if (head.isTied()) {
      throw new IllegalArgumentException("a tied head gives logits of single tokens only");
    }
    return switch (targets) {
      case Targets.ClassTargets classes -> {
        checkClasses(classes.classes(), head);
        yield Output.CLASS_LOSS;
      }
      case Targets.RealTargets ignored -> {
        checkNumber(head);
        yield Output.REAL_LOSS;
      }
      case Targets.LabelSetTargets sets -> {
        checkSets(sets, head);
        yield Output.LABEL_SET_LOSS;
      }
      case Targets.TokenTargets tokens -> ofTokens(head, tokens);
    };
  }

  private static Output ofTokens(Head head, Targets.TokenTargets tokens) {
    if (tokens.size() == 0 || tokens.tokens().size() != tokens.size()) {
      throw new IllegalArgumentException(
          "%d classes for %d tokens".formatted(tokens.size(), tokens.tokens().size()));
    }
    checkClasses(tokens.classes(), head);
    return head.isTied() ? Output.TIED_LOSS : Output.TOKEN_LOSS;
  }

  private static void checkClasses(int[] classes, Head head) {
    for (int label : classes) {
      if (label < 0 || label >= head.outputs()) {
        throw new IllegalArgumentException(
            "class %d for a head of %d outputs".formatted(label, head.outputs()));
      }
    }
  }

  private static void checkNumber(Head head) {
    if (head.outputs() != 1) {
      throw new IllegalArgumentException(
          "a regression needs a head of 1 output, but it has " + head.outputs());
    }
  }

  private static void checkSets(Targets.LabelSetTargets sets, Head head) {
    for (float[] row : sets.values()) {
      if (row.length != head.outputs()) {
        throw new IllegalArgumentException(
            "%d labels for a head of %d outputs".formatted(row.length, head.outputs()));
      }
    }
  }
}

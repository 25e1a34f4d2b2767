package dev.diffstream.base.encoder;

import dev.diffstream.base.input.TokenSelection;

/** The expected outputs of a batch, which determine the loss. */
public sealed interface Targets {
  /** Number of examples; of tokens in {@link TokenTargets}. */
  int size();

  /** One class for each example; loss: mean softmax cross entropy over the batch. */
  @SuppressWarnings("ArrayRecordComponent") // read once, by the step that it is made for
  record ClassTargets(int[] classes) implements Targets {
    @Override
    public int size() {
      return classes.length;
    }
  }

  /**
   * One number for each example; loss: mean squared error over the batch, of a head of one output.
   */
  @SuppressWarnings("ArrayRecordComponent") // read once, by the step that it is made for
  record RealTargets(float[] values) implements Targets {
    @Override
    public int size() {
      return values.length;
    }
  }

  /**
   * A set of labels for each example; loss: mean over examples and labels of the binary cross
   * entropy of the logits' sigmoid.
   *
   * @param values 1 for labels in the set, 0 for the others, one row for each example
   */
  @SuppressWarnings("ArrayRecordComponent") // read once, by the step that it is made for
  record LabelSetTargets(float[][] values) implements Targets {
    @Override
    public int size() {
      return values.length;
    }
  }

  /**
   * One class for each of some tokens; loss: mean softmax cross entropy over these tokens, however
   * many an example has of them.
   */
  @SuppressWarnings("ArrayRecordComponent") // read once, by the step that it is made for
  record TokenTargets(TokenSelection tokens, int[] classes) implements Targets {
    @Override
    public int size() {
      return classes.length;
    }
  }
}

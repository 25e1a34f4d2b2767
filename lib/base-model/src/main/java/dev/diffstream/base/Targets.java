package dev.diffstream.base;

/** What a batch's examples should give, and with it the loss. */
public sealed interface Targets {
  /** Number of examples. */
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
}

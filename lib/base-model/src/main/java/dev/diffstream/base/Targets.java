package dev.diffstream.base;

/** What the examples of a batch should give, and with it the loss. */
public sealed interface Targets {
  int count();

  /** The loss is the mean softmax cross entropy. {@code classes} are rows of the head; shared. */
  @SuppressWarnings("ArrayRecordComponent") // read once
  record Classes(int[] classes) implements Targets {
    @Override
    public int count() {
      return classes.length;
    }
  }

  /** The loss is the mean squared error of a head with one output; shared. */
  @SuppressWarnings("ArrayRecordComponent") // read once
  record Values(float[] values) implements Targets {
    @Override
    public int count() {
      return values.length;
    }
  }
}

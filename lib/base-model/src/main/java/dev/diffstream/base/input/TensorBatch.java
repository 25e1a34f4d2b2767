package dev.diffstream.base.input;

import java.util.List;

/**
 * Examples of tensors; where a first dimension varies, padded with zeros to the longest example.
 */
public final class TensorBatch implements Batch {
  private final List<TensorInput> examples;

  private TensorBatch(List<TensorInput> examples) {
    this.examples = examples;
  }

  static TensorBatch of(List<TensorInput> examples) {
    List<TensorSpec> specs = examples.getFirst().specs();
    for (TensorInput example : examples) {
      if (!example.specs().equals(specs)) {
        throw new IllegalArgumentException(
            "a batch of %s holds an example of %s".formatted(specs, example.specs()));
      }
    }
    return new TensorBatch(List.copyOf(examples));
  }

  @Override
  public int size() {
    return examples.size();
  }

  @Override
  public boolean pairs() {
    return false;
  }

  public List<TensorSpec> specs() {
    return examples.getFirst().specs();
  }

  /** Batch x the shape of an input, its first dimension as {@link #maxSteps} gives. */
  public long[] shape(int input) {
    List<Integer> one = specs().get(input).shape();
    long[] shape = new long[one.size() + 1];
    shape[0] = size();
    shape[1] = maxSteps(input);
    for (int i = 1; i < one.size(); i++) {
      shape[i + 1] = one.get(i);
    }
    return shape;
  }

  /** All values of an input, row-major. */
  public float[] values(int input) {
    int row = maxSteps(input) * specs().get(input).stepSize();
    float[] all = new float[Math.multiplyExact(size(), row)];
    for (int i = 0; i < examples.size(); i++) {
      float[] values = examples.get(i).values(input);
      System.arraycopy(values, 0, all, i * row, values.length);
    }
    return all;
  }

  /** The steps of each example before padding. */
  public long[] lengths(int input) {
    return examples.stream().mapToLong(example -> example.steps(input)).toArray();
  }

  private int maxSteps(int input) {
    return examples.stream().mapToInt(example -> example.steps(input)).max().orElseThrow();
  }
}

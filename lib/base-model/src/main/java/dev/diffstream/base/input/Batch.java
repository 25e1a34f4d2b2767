package dev.diffstream.base.input;

import java.util.ArrayList;
import java.util.List;

/**
 * Examples that go through the encoder together, padded to the longest of them. All are single
 * sequences, all are pairs of sequences, or all are tensors.
 */
public sealed interface Batch permits TokenBatch, TensorBatch {
  /**
   * @throws IllegalArgumentException if there is none, or they are of different kinds
   */
  static Batch of(List<? extends Input> inputs) {
    if (inputs.isEmpty()) {
      throw new IllegalArgumentException("a batch needs at least one example, but has none");
    }
    return inputs.getFirst() instanceof Encoding
        ? TokenBatch.of(all(inputs, Encoding.class))
        : TensorBatch.of(all(inputs, TensorInput.class));
  }

  /** Number of examples. */
  int size();

  /** Whether the examples are pairs of sequences. */
  boolean pairs();

  private static <T extends Input> List<T> all(List<? extends Input> inputs, Class<T> kind) {
    List<T> all = new ArrayList<>(inputs.size());
    for (Input input : inputs) {
      if (!kind.isInstance(input)) {
        throw new IllegalArgumentException(
            "example %d is a %s, expected a %s as the first"
                .formatted(all.size(), input.getClass().getSimpleName(), kind.getSimpleName()));
      }
      all.add(kind.cast(input));
    }
    return all;
  }
}

package dev.diffstream.base.input;

import java.util.List;

/**
 * One tensor of an example, without the batch.
 *
 * @param shape its dimensions; the first may be {@link #VARIES}
 */
public record TensorSpec(String name, List<Integer> shape) {
  /** The first dimension of a tensor whose examples differ in length. */
  public static final int VARIES = -1;

  private static final long MAX_VALUES = 1 << 26;

  public TensorSpec {
    shape = List.copyOf(shape);
    if (shape.isEmpty()) {
      throw new IllegalArgumentException("input %s has no dimension".formatted(name));
    }
    long size = 1;
    for (int i = 0; i < shape.size(); i++) {
      int dimension = shape.get(i);
      if (dimension < 1 && !(i == 0 && dimension == VARIES)) {
        throw new IllegalArgumentException(
            "input %s has shape %s, expected positive dimensions; the first may be -1"
                .formatted(name, shape));
      }
      size = Math.min(size * Math.abs(dimension), MAX_VALUES + 1);
    }
    if (size > MAX_VALUES) {
      throw new IllegalArgumentException(
          "input %s of shape %s has more than %d values".formatted(name, shape, MAX_VALUES));
    }
  }

  public boolean varies() {
    return shape.getFirst() == VARIES;
  }

  /** Values of one step of the first dimension. */
  public int stepSize() {
    return shape.stream().skip(1).reduce(1, (a, b) -> a * b);
  }

  /** Steps of the first dimension for this number of values; -1 if it fits no whole number. */
  int steps(int values) {
    int steps = values / stepSize();
    boolean whole = steps > 0 && values % stepSize() == 0;
    return whole && (varies() || steps == shape.getFirst()) ? steps : -1;
  }
}

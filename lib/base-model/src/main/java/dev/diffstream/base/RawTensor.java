package dev.diffstream.base;

import java.util.List;

/** A tensor as it was read, in fp32, row-major; the array is shared. */
@SuppressWarnings("ArrayRecordComponent") // millions of numbers on their way into the engine
record RawTensor(List<Integer> shape, float[] values) {
  RawTensor {
    shape = List.copyOf(shape);
    long size = shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    if (size != values.length) {
      throw new IllegalArgumentException("shape " + shape + " with " + values.length + " values");
    }
  }

  /** A matrix {@code [a, b]} as {@code [b, a]}. */
  RawTensor transposed() {
    int rows = shape.get(0);
    int columns = shape.get(1);
    float[] turned = new float[values.length];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        turned[c * rows + r] = values[r * columns + c];
      }
    }
    return new RawTensor(List.of(columns, rows), turned);
  }
}

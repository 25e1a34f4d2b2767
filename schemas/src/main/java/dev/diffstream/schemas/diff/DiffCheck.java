package dev.diffstream.schemas.diff;

import dev.diffstream.schemas.diff.Diff.SparseTensor;
import dev.diffstream.schemas.diff.codec.Directory;
import dev.diffstream.schemas.diff.codec.PlainTensors;
import java.util.Arrays;

/** What must hold of a diff before it is written, so that nothing is written that none can read. */
final class DiffCheck {
  private DiffCheck() {}

  /** Fails with IllegalArgumentException, which is the caller's mistake. */
  static void check(Diff diff) {
    if (diff.nonzeros() != diff.metadata().nonzeros()) {
      throw new IllegalArgumentException(
          "the metadata says %d nonzeros, the tensors hold %d"
              .formatted(diff.metadata().nonzeros(), diff.nonzeros()));
    }
    byte[] before = {};
    for (SparseTensor tensor : diff.tensors()) {
      byte[] name = PlainTensors.utf8(tensor.name());
      if (name.length > Directory.MAX_NAME_BYTES
          || tensor.shape().size() > Directory.MAX_DIMENSIONS) {
        throw new IllegalArgumentException(
            "%s of shape %s: more than %d bytes or %d dimensions"
                .formatted(
                    tensor.name(),
                    tensor.shape(),
                    Directory.MAX_NAME_BYTES,
                    Directory.MAX_DIMENSIONS));
      }
      if (Arrays.compareUnsigned(name, before) <= 0) {
        throw new IllegalArgumentException("tensors must ascend by name: " + tensor.name());
      }
      before = name;
      checkPositions(tensor);
      checkValues(tensor, diff.metadata().precision());
    }
    diff.auxiliary()
        .keySet()
        .forEach(
            name -> {
              if (!TensorNames.isFree(name)) {
                throw new IllegalArgumentException(name + " is no auxiliary tensor");
              }
            });
  }

  private static void checkPositions(SparseTensor tensor) {
    long size = 1;
    for (int dimension : tensor.shape()) {
      size = Math.multiplyExact(size, dimension);
    }
    int last = -1;
    for (int position : tensor.positions()) {
      if (position <= last || position >= size) {
        throw new IllegalArgumentException(
            "%s of shape %s: position %d after %d"
                .formatted(tensor.name(), tensor.shape(), position, last));
      }
      last = position;
    }
  }

  private static void checkValues(SparseTensor tensor, ValuePrecision precision) {
    for (float value : tensor.values()) {
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException(tensor.name() + ": value " + value);
      }
    }
    if (!Arrays.equals(precision.rounded(tensor.values()), tensor.values())) {
      throw new IllegalArgumentException(
          "%s: values that are not rounded to %s would change in the file"
              .formatted(tensor.name(), precision.text()));
    }
  }
}

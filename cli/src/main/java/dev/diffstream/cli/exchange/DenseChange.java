package dev.diffstream.cli.exchange;

import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** What whole values change of a parameter. */
final class DenseChange {
  private DenseChange() {}

  /**
   * Where the values differ, with fl32(value - theta0), so that theta0 + v is the value to within
   * one rounding.
   *
   * @param values as many as the parameter has, row-major
   */
  static SparseTensor of(Parameter parameter, float[] values) {
    FloatBuffer before = parameter.values();
    int[] positions = new int[values.length];
    float[] changes = new float[values.length];
    int count = 0;
    for (int i = 0; i < values.length; i++) {
      float change = values[i] - before.get(i);
      if (change != 0) {
        positions[count] = i;
        changes[count++] = change;
      }
    }
    return new SparseTensor(
        parameter.name(),
        parameter.shape(),
        Arrays.copyOf(positions, count),
        Arrays.copyOf(changes, count));
  }
}

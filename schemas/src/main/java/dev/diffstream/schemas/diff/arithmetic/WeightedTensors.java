package dev.diffstream.schemas.diff.arithmetic;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The changes of one parameter by several diffs, each with its weight, made one. */
final class WeightedTensors {
  private final List<SparseTensor> tensors = new ArrayList<>();
  private final List<Double> weights = new ArrayList<>();

  /**
   * @throws DiffstreamException BASE_MISMATCH if the diffs differ in the parameter's shape
   */
  void add(SparseTensor tensor, double weight) {
    if (!tensors.isEmpty() && !tensors.get(0).shape().equals(tensor.shape())) {
      throw new DiffstreamException(
          ErrorCode.BASE_MISMATCH,
          "merging %s: expected shape %s as in the diff before, got %s"
              .formatted(tensor.name(), tensors.get(0).shape(), tensor.shape()));
    }
    tensors.add(tensor);
    weights.add(weight);
  }

  /**
   * Sums in fp64, in the order in which they were added, and rounds once to fp32. Where the result
   * is zero the parameter is unchanged and has no position.
   *
   * @throws DiffstreamException INVALID_EVENT if a result is not finite
   */
  SparseTensor merged(MergeMethod method) {
    int most = tensors.stream().mapToInt(tensor -> tensor.positions().length).sum();
    int[] positions = new int[most];
    float[] values = new float[most];
    int[] next = new int[tensors.size()];
    int count = 0;
    for (int position = least(next); position < Integer.MAX_VALUE; position = least(next)) {
      float value = take(position, next, method);
      if (value != 0) {
        positions[count] = position;
        values[count++] = value;
      }
    }
    return new SparseTensor(
        tensors.get(0).name(),
        tensors.get(0).shape(),
        Arrays.copyOf(positions, count),
        Arrays.copyOf(values, count));
  }

  private int least(int[] next) {
    int least = Integer.MAX_VALUE;
    for (int i = 0; i < next.length; i++) {
      int[] positions = tensors.get(i).positions();
      if (next[i] < positions.length) {
        least = Math.min(least, positions[next[i]]);
      }
    }
    return least;
  }

  private float take(int position, int[] next, MergeMethod method) {
    double sum = 0;
    double touching = 0;
    for (int i = 0; i < next.length; i++) {
      SparseTensor tensor = tensors.get(i);
      if (next[i] < tensor.positions().length && tensor.positions()[next[i]] == position) {
        sum += weights.get(i) * tensor.values()[next[i]++];
        touching += weights.get(i);
      }
    }
    float value = (float) method.value(sum, touching);
    if (!Float.isFinite(value)) {
      throw new DiffstreamException(
          ErrorCode.INVALID_EVENT,
          "merging %s at %d: expected a finite value, got %s"
              .formatted(tensors.get(0).name(), position, value));
    }
    return value;
  }
}

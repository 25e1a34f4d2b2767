package dev.diffstream.benchmarks.diff;

import dev.diffstream.schemas.diff.codec.CompactPlan;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import java.util.Map;
import java.util.TreeMap;

/**
 * Bits of all positions of a diff by codec.
 *
 * @param bound sum over the parameters of n H(k / n), for k positions among n values: what
 *     positions cost at least that are spread evenly over each parameter
 * @param compact the code words that the file holds, without what fills their last bytes
 * @param others by name, for comparison
 */
record PositionBits(long positions, double bound, double compact, Map<String, Double> others) {
  private static final int MAX_K = 24;

  static PositionBits of(Diff diff) {
    double bound = 0;
    Map<String, Double> others = new TreeMap<>();
    for (SparseTensor tensor : diff.tensors()) {
      long size = tensor.size();
      int count = tensor.positions().length;
      bound += entropy(count, size);
      others.merge("int32", 32.0 * count, Double::sum);
      others.merge("varintGaps", varint(tensor.positions()), Double::sum);
      others.merge("eliasFano", eliasFano(count, size), Double::sum);
      others.merge("riceGaps", rice(tensor.positions()), Double::sum);
    }
    double compact =
        new CompactPlan(diff.rounded(ValuePrecision.FP32).tensors(), ValuePrecision.FP32)
            .positionBits().stream().mapToLong(Long::longValue).sum();
    return new PositionBits(diff.nonzeros(), bound, compact, others);
  }

  PositionBits plus(PositionBits other) {
    Map<String, Double> sum = new TreeMap<>(others);
    other.others.forEach((name, bits) -> sum.merge(name, bits, Double::sum));
    return new PositionBits(
        positions + other.positions, bound + other.bound, compact + other.compact, sum);
  }

  private static double entropy(long count, long size) {
    if (count == 0 || count == size) {
      return 0;
    }
    double p = (double) count / size;
    return -size * (p * Math.log(p) + (1 - p) * Math.log1p(-p)) / Math.log(2);
  }

  private static double varint(int[] positions) {
    double bits = 0;
    int before = -1;
    for (int position : positions) {
      int gap = position - before - 1;
      bits += 8 * Math.max(1, (38 - Integer.numberOfLeadingZeros(gap)) / 7);
      before = position;
    }
    return bits;
  }

  private static double eliasFano(long count, long size) {
    return count == 0 ? 0 : count * (2 + Math.floor(Math.log((double) size / count) / Math.log(2)));
  }

  private static double rice(int[] positions) {
    double least = Double.MAX_VALUE;
    for (int k = 0; k <= MAX_K; k++) {
      double bits = 0;
      int before = -1;
      for (int position : positions) {
        bits += ((position - before - 1) >>> k) + 1 + k;
        before = position;
      }
      least = Math.min(least, bits);
    }
    return least;
  }
}

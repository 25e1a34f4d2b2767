package dev.diffstream.cli.exchange;

import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import java.util.Arrays;
import java.util.List;

/** Makes strictly ascending positions of whatever comes. */
final class SparseSum {
  private SparseSum() {}

  /** Values of one position are added up in fp32, in their order; zeros are left out. */
  static SparseTensor of(String name, List<Integer> shape, int[] positions, float[] values) {
    long[] order = new long[positions.length];
    for (int i = 0; i < order.length; i++) {
      order[i] = (long) positions[i] << 32 | i;
    }
    Arrays.sort(order);
    int[] kept = new int[order.length];
    float[] sums = new float[order.length];
    int count = 0;
    for (int i = 0; i < order.length; ) {
      int position = (int) (order[i] >>> 32);
      float sum = 0;
      for (; i < order.length && (int) (order[i] >>> 32) == position; i++) {
        sum += values[(int) order[i]];
      }
      if (sum != 0) {
        kept[count] = position;
        sums[count++] = sum;
      }
    }
    return new SparseTensor(name, shape, Arrays.copyOf(kept, count), Arrays.copyOf(sums, count));
  }
}

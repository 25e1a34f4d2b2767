package dev.diffstream.base.network;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.diffstream.base.input.TokenBatch;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The masks of one step: 0 or 1 / (1 - rate) for each unit. The engine's own generator costs more
 * than the rest of the forward pass on a processor. Instead, each step computes one pool of hashes,
 * twice as long as a mask, and each mask is a slice of it at a random offset. Two masks share bits
 * only between units that are that shift apart.
 */
final class DropoutMasks {
  private static final int GOLDEN_RATIO = 0x9E3779B1;

  private final Dropout dropout;
  private final int[] widths;
  private final int sequencesOfRow;
  private final int size;

  /**
   * @param widths for each mask of a step, the units of a token
   */
  DropoutMasks(Dropout dropout, int[] widths, boolean pairs) {
    this.dropout = dropout;
    this.widths = widths;
    this.sequencesOfRow = pairs ? 2 : 1;
    this.size =
        Math.multiplyExact(
            Math.multiplyExact(dropout.rows() * sequencesOfRow, dropout.maxLength()),
            Arrays.stream(widths).max().orElseThrow());
    Math.multiplyExact(2, size);
  }

  /** A tensor for each width, sequences x length x width, views of one pool. */
  NDList of(TokenBatch part, PtNDManager step) {
    int first = dropout.first() * sequencesOfRow;
    if (first + part.sequences() > dropout.rows() * sequencesOfRow
        || part.length() > dropout.maxLength()) {
      throw new IllegalArgumentException(
          "%d sequences of %d tokens from sequence %d on are no part of %s"
              .formatted(part.sequences(), part.length(), first, dropout));
    }
    PtNDArray pool = (PtNDArray) step.create(pool(), new Shape(2L * size));
    SplittableRandom offsets = new SplittableRandom(dropout.seed());
    NDList masks = new NDList();
    for (int width : widths) {
      long row = (long) dropout.maxLength() * width;
      long from = offsets.nextInt(size + 1) + first * row;
      PtNDArray cut = JniUtils.slice(pool, 0, from, from + part.sequences() * row, 1);
      PtNDArray rows = cut.reshape(new Shape(part.sequences(), dropout.maxLength(), width));
      PtNDArray mask = JniUtils.slice(rows, 1, 0, part.length(), 1);
      mask.setName("masks[]");
      masks.add(mask);
    }
    return masks;
  }

  /** The finaliser "lowbias32" of C. Wellons over a counter; its upper 24 bits decide. */
  float[] pool() {
    float[] pool = new float[2 * size];
    int threshold = (int) Math.round(dropout.rate() * (1 << 24));
    float scale = (float) (1 / (1 - dropout.rate()));
    int start = new SplittableRandom(~dropout.seed()).nextInt();
    for (int i = 0; i < pool.length; i++) {
      int x = i * GOLDEN_RATIO + start;
      x = (x ^ x >>> 16) * 0x7feb352d;
      x = (x ^ x >>> 15) * 0x846ca68b;
      x ^= x >>> 16;
      pool[i] = x >>> 8 >= threshold ? scale : 0;
    }
    return pool;
  }
}

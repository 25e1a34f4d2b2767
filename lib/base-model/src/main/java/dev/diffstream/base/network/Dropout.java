package dev.diffstream.base.network;

import dev.diffstream.base.input.Encoding;
import java.util.List;

/**
 * The dropout of a training step. Whether a unit is dropped depends on its place in the whole
 * batch, so a batch that is computed in parts drops the same units as in one call.
 *
 * @param rate fraction of units that are zeroed; the others are scaled by 1 / (1 - rate); 0 for no
 *     dropout
 * @param seed of the step
 * @param rows examples of the whole batch
 * @param maxLength tokens of its longest sequence
 * @param first index in the whole batch of the part's first example
 */
public record Dropout(double rate, long seed, int rows, int maxLength, int first) {
  public static final Dropout NONE = new Dropout(0, 0, 0, 0, 0);

  public Dropout {
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException("dropout must be at least 0 and below 1, but is " + rate);
    }
  }

  /** Of a whole batch of texts. */
  public static Dropout of(double rate, long seed, List<Encoding> batch) {
    int maxLength = batch.stream().mapToInt(Encoding::maxSequenceLength).max().orElse(0);
    return new Dropout(rate, seed, batch.size(), maxLength, 0);
  }

  /** Of the part of the batch that begins at this example. */
  public Dropout from(int example) {
    return new Dropout(rate, seed, rows, maxLength, example);
  }

  /** Whether nothing is dropped. */
  public boolean isNone() {
    return rate == 0;
  }
}

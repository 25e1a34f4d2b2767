package dev.diffstream.base.network;

import dev.diffstream.base.input.Encoding;
import java.util.List;

/**
 * What a training step drops out. Each unit of each row is dropped by its place in the whole batch,
 * so a batch that is cut into parts loses the same units as in one piece.
 *
 * @param rate share of units that are zeroed; the rest are scaled by 1 / (1 - rate). 0: none
 * @param seed of the step
 * @param rows examples of the whole batch
 * @param longest tokens of its longest sequence
 * @param first index in the whole batch of the part's first example
 */
public record Dropout(double rate, long seed, int rows, int longest, int first) {
  public static final Dropout NONE = new Dropout(0, 0, 0, 0, 0);

  public Dropout {
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException("dropout must be at least 0 and below 1, but is " + rate);
    }
  }

  /** Of a whole batch of texts. */
  public static Dropout of(double rate, long seed, List<Encoding> batch) {
    int longest = batch.stream().mapToInt(Encoding::longest).max().orElse(0);
    return new Dropout(rate, seed, batch.size(), longest, 0);
  }

  /** Of the part of the batch that begins at this example. */
  public Dropout from(int example) {
    return new Dropout(rate, seed, rows, longest, example);
  }

  /** Whether nothing is dropped. */
  public boolean isNone() {
    return rate == 0;
  }
}

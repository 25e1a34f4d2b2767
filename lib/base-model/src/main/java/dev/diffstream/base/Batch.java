package dev.diffstream.base;

import java.util.ArrayList;
import java.util.List;

/**
 * Texts padded to the longest among them. A batch of pairs holds the first texts in its first half
 * of rows and the second texts, in the same order, in its second half: both are encoded on their
 * own, see {@link Encoder#features}.
 */
public final class Batch {
  private final int examples;
  private final boolean pairs;
  private final int rows;
  private final int width;
  private final long[] ids;
  private final long[] types;
  private final float[] mask;

  private Batch(List<Encoding> encodings, boolean pairs) {
    if (encodings.isEmpty()) {
      throw new IllegalArgumentException("a batch holds at least one text");
    }
    this.rows = encodings.size();
    this.pairs = pairs;
    this.examples = pairs ? rows / 2 : rows;
    this.width = encodings.stream().mapToInt(Encoding::length).max().orElseThrow();
    this.ids = new long[rows * width];
    this.types = new long[rows * width];
    this.mask = new float[rows * width];
    for (int row = 0; row < rows; row++) {
      Encoding encoding = encodings.get(row);
      System.arraycopy(encoding.ids(), 0, ids, row * width, encoding.length());
      System.arraycopy(encoding.types(), 0, types, row * width, encoding.length());
      java.util.Arrays.fill(mask, row * width, row * width + encoding.length(), 1);
    }
  }

  public static Batch of(List<Encoding> texts) {
    return new Batch(texts, false);
  }

  /** {@code firsts} and {@code seconds} are equally long. */
  public static Batch ofPairs(List<Encoding> firsts, List<Encoding> seconds) {
    if (firsts.size() != seconds.size()) {
      throw new IllegalArgumentException(
          firsts.size() + " first texts but " + seconds.size() + " second texts");
    }
    List<Encoding> all = new ArrayList<>(firsts);
    all.addAll(seconds);
    return new Batch(all, true);
  }

  /** Number of examples: of texts, or of pairs. */
  public int examples() {
    return examples;
  }

  public boolean pairs() {
    return pairs;
  }

  int rows() {
    return rows;
  }

  int width() {
    return width;
  }

  long[] ids() {
    return ids;
  }

  long[] types() {
    return types;
  }

  float[] mask() {
    return mask;
  }
}

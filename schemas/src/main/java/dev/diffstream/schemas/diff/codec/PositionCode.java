package dev.diffstream.schemas.diff.codec;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The code of one tensor's positions: what must be known to read it.
 *
 * <p>A Rice code of parameter k (Rice 1979) writes a number n as n >> k zeros, a one, and the k low
 * bits of n. {@link PositionLayout#FLAT} writes the gaps between neighbouring positions by it. The
 * other layouts write line by line the number of positions by parameter k, and the gaps within the
 * line by floor(log2(length / (number + 1))). A line is a row or, over the transposed matrix, a
 * column: changes crowd in some of both.
 *
 * @param k Rice parameter of the gaps or of the numbers in a line, 0 to 24
 */
public record PositionCode(PositionLayout layout, int k) {
  static final int MAX_K = 24;

  /** A code and the bits that it takes. */
  record Sized(PositionCode code, long bits) {}

  /** The smallest; of equal ones the first layout and the least k. */
  static Sized best(Matrix matrix, int[] positions) {
    Sized best = flat(positions);
    if (matrix.rows() > 1 && matrix.columns() > 1 && positions.length > 0) {
      // A line takes a bit at least: more lines than bits are not worth going through.
      if (matrix.rows() < best.bits()) {
        best = smaller(best, lines(PositionLayout.ROWS, matrix, positions));
      }
      if (matrix.columns() < best.bits()) {
        Matrix turned = matrix.transposed();
        best = smaller(best, lines(PositionLayout.COLUMNS, turned, matrix.transposed(positions)));
      }
    }
    return best;
  }

  private static Sized smaller(Sized a, Sized b) {
    return b.bits() < a.bits() ? b : a;
  }

  private static Sized flat(int[] positions) {
    long[] bits = new long[MAX_K + 1];
    int before = -1;
    for (int position : positions) {
      count(bits, position - before - 1);
      before = position;
    }
    return least(PositionLayout.FLAT, bits, 0);
  }

  private static Sized lines(PositionLayout layout, Matrix lines, int[] positions) {
    long[] bits = new long[MAX_K + 1];
    long within = 0;
    int at = 0;
    for (int line = 0; line < lines.rows(); line++) {
      int end = lines.endOf(line, positions, at);
      count(bits, end - at);
      int k = kWithin(lines.columns(), end - at);
      int before = line * lines.columns() - 1;
      for (; at < end; at++) {
        within += ((positions[at] - before - 1) >>> k) + 1 + k;
        before = positions[at];
      }
    }
    return least(layout, bits, within);
  }

  private static void count(long[] bits, int value) {
    for (int k = 0; k <= MAX_K; k++) {
      bits[k] += (value >>> k) + 1 + k;
    }
  }

  private static Sized least(PositionLayout layout, long[] bits, long more) {
    int best = 0;
    for (int k = 1; k <= MAX_K; k++) {
      best = bits[k] < bits[best] ? k : best;
    }
    return new Sized(new PositionCode(layout, best), bits[best] + more);
  }

  /**
   * Rice parameter of the gaps in a line of {@code length} with {@code count} positions: the
   * greatest k with (count + 1) 2^k at most the length. No division, for each line asks.
   */
  static int kWithin(int length, int count) {
    int share = count + 1;
    int k = Integer.numberOfLeadingZeros(share) - Integer.numberOfLeadingZeros(length);
    if (k <= 0) {
      return 0;
    }
    return Math.min(MAX_K, share << k > length ? k - 1 : k);
  }

  byte[] write(Matrix matrix, int[] positions, long bits) {
    BitWriter out = new BitWriter(bits);
    switch (layout) {
      case FLAT -> {
        int before = -1;
        for (int position : positions) {
          out.rice(position - before - 1, k);
          before = position;
        }
      }
      case ROWS -> writeLines(out, matrix, positions);
      case COLUMNS -> writeLines(out, matrix.transposed(), matrix.transposed(positions));
    }
    return out.bytes();
  }

  private void writeLines(BitWriter out, Matrix lines, int[] positions) {
    int at = 0;
    for (int line = 0; line < lines.rows(); line++) {
      int end = lines.endOf(line, positions, at);
      out.rice(end - at, k);
      int kWithin = kWithin(lines.columns(), end - at);
      int before = line * lines.columns() - 1;
      for (; at < end; at++) {
        out.rice(positions[at] - before - 1, kWithin);
        before = positions[at];
      }
    }
  }

  /** More bytes than this no writer needs: code words are of limited length but for their zeros. */
  int maxBytes(Matrix matrix, int count) {
    long lines =
        switch (layout) {
          case FLAT -> 0;
          case ROWS -> matrix.rows();
          case COLUMNS -> matrix.columns();
        };
    long zeros = (long) matrix.size() + count;
    long words = (count + lines) * (MAX_K + 1L);
    return (int) Math.min(Integer.MAX_VALUE - 64, (zeros + words) / 8 + 1);
  }

  /** Memory that decoding needs again and again. For one thread. */
  public static final class Scratch {
    private final BitReader bits = new BitReader();
    private int[] rows = new int[0];
    private int[] ends = new int[0];
    private int[] next = new int[0];
  }

  /**
   * Reads {@code count} ascending flat positions into {@code out} from {@code at}.
   *
   * @param bytes of the code, in {@code in} from {@code offset}
   */
  void read(
      Matrix matrix,
      ByteBuffer in,
      int offset,
      int bytes,
      int count,
      int[] out,
      int at,
      Scratch scratch)
      throws CorruptCode {
    scratch.bits.reset(in, offset, bytes);
    switch (layout) {
      case FLAT -> scratch.bits.ascending(count, k, matrix.size(), 0, out, at);
      case ROWS -> {
        checkLines(matrix.rows(), bytes);
        int[] ends = scratch.ends = grown(scratch.ends, matrix.rows());
        scratch.bits.lines(
            matrix.rows(), matrix.columns(), matrix.columns(), k, count, out, at, ends);
      }
      case COLUMNS -> {
        checkLines(matrix.columns(), bytes);
        int[] rows = scratch.rows = grown(scratch.rows, count);
        int[] ends = scratch.ends = grown(scratch.ends, matrix.columns());
        scratch.bits.lines(matrix.columns(), matrix.rows(), 0, k, count, rows, 0, ends);
        deal(matrix, count, bytes, out, at, scratch);
      }
    }
    scratch.bits.finish();
  }

  /**
   * A line takes a bit at least: no file makes a reader go through more of them than it pays for.
   */
  private static void checkLines(int lines, int bytes) throws CorruptCode {
    if (lines > 8L * bytes) {
      throw new CorruptCode("at least a bit for each of " + lines + " lines", bytes + " bytes");
    }
  }

  /**
   * Deals the columns out to their rows: by counting, or by sorting where the file is too small to
   * pay for a table of all rows.
   */
  private static void deal(
      Matrix matrix, int count, int bytes, int[] out, int at, Scratch scratch) {
    int width = matrix.columns();
    int[] rows = scratch.rows;
    int[] ends = scratch.ends;
    boolean counting = matrix.rows() <= 8L * bytes;
    int[] next = counting ? firsts(matrix.rows(), count, scratch) : new int[0];
    int i = 0;
    for (int column = 0; column < width; column++) {
      int end = ends[column];
      if (counting) {
        for (; i < end; i++) {
          int row = rows[i];
          out[at + next[row]++] = row * width + column;
        }
      } else {
        for (; i < end; i++) {
          out[at + i] = rows[i] * width + column;
        }
      }
    }
    if (!counting) {
      Arrays.sort(out, at, at + count);
    }
  }

  /** How many positions stand in the rows before each. */
  private static int[] firsts(int height, int count, Scratch scratch) {
    int[] rows = scratch.rows;
    int[] next = scratch.next = grown(scratch.next, height + 1);
    Arrays.fill(next, 0, height + 1, 0);
    for (int i = 0; i < count; i++) {
      next[rows[i] + 1]++;
    }
    for (int row = 0; row < height; row++) {
      next[row + 1] += next[row];
    }
    return next;
  }

  private static int[] grown(int[] array, int length) {
    return array.length >= length ? array : new int[length + length / 4];
  }
}

package dev.diffstream.schemas.diff.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Reads what {@link BitWriter} wrote. The bytes are followed by zeros of its own, so that a window
 * of 64 bits can be taken at every bit; whoever runs past the end meets only zeros, which no code
 * word is made of, and is refused.
 */
final class BitReader {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int PADDING = 16;

  /** Bits that a window is sure to hold, whatever bit of a byte it begins at. */
  private static final int WINDOW = 57;

  private byte[] bytes = new byte[1 << 12];
  private long end;

  /** The next bit that is not in the window. */
  private long bit;

  /** Bits that were fetched and not read, the next one lowest; {@code left} of them count. */
  private long window;

  private int left;

  /** Begins at the first bit of {@code length} bytes of {@code in} from {@code offset}. */
  void reset(ByteBuffer in, int offset, int length) {
    if (bytes.length < length + PADDING) {
      bytes = new byte[length + length / 4 + PADDING];
    }
    in.get(offset, bytes, 0, length);
    Arrays.fill(bytes, length, length + PADDING, (byte) 0);
    end = 8L * length;
    bit = 0;
    window = 0;
    left = 0;
  }

  /**
   * Reads lines of a matrix, each as the number of its positions and their gaps.
   *
   * @param length of a line
   * @param stride added to every position for each line before
   * @param k of the numbers' Rice code
   * @param count of all positions
   * @param ends gets, for each line, how many positions stand in it and before it
   */
  void lines(int lines, int length, int stride, int k, int count, int[] out, int at, int[] ends)
      throws CorruptCode {
    int read = 0;
    for (int line = 0; line < lines; line++) {
      long number = rice(k, length);
      int most = Math.min(length, count - read);
      if (number > most) {
        throw new CorruptCode("at most " + most + " positions in a line", Long.toString(number));
      }
      if (number > 0) {
        int within = PositionCode.kWithin(length, (int) number);
        ascending((int) number, within, length, line * stride, out, at + read);
        read += (int) number;
      }
      ends[line] = read;
    }
    if (read != count) {
      throw new CorruptCode(count + " positions", Integer.toString(read));
    }
  }

  /**
   * Reads {@code count} gaps and adds them up: {@code out[i] = out[i - 1] + 1 + gap}, the first one
   * counted from -1.
   *
   * @param k of the Rice code
   * @param limit that every sum must stay below
   * @param offset added to every sum
   */
  void ascending(int count, int k, long limit, int offset, int[] out, int at) throws CorruptCode {
    long sum = -1;
    for (int i = at; i < at + count; i++) {
      sum += 1 + rice(k, limit);
      out[i] = offset + (int) sum;
    }
    if (sum >= limit) {
      throw new CorruptCode("a position below " + limit, Long.toString(sum));
    }
  }

  /** One number below 2^32 or so; whoever knows a closer limit must check it. */
  long rice(int k, long limit) throws CorruptCode {
    int zeros = Long.numberOfTrailingZeros(window);
    int code = zeros + 1 + k;
    if (code > left) {
      fetch();
      zeros = Long.numberOfTrailingZeros(window);
      code = zeros + 1 + k;
      if (code > left) {
        return longRice(k, limit);
      }
    }
    long number = (long) zeros << k | ((window >>> (zeros + 1)) & ((1L << k) - 1));
    window >>>= code;
    left -= code;
    return number;
  }

  /** One whose zeros or low bits do not end in the window. */
  private long longRice(int k, long limit) throws CorruptCode {
    long zeros = 0;
    while (window == 0 || Long.numberOfTrailingZeros(window) >= left) {
      zeros += left;
      if (bit >= end || zeros >>> 1 > limit >>> k) {
        throw new CorruptCode("a code word of at most " + limit, "only zeros");
      }
      left = 0;
      fetch();
    }
    int rest = Long.numberOfTrailingZeros(window);
    window >>>= rest + 1;
    left -= rest + 1;
    if (left < k) {
      fetch();
    }
    long low = window & ((1L << k) - 1);
    window >>>= k;
    left -= k;
    return ((zeros + rest) << k) | low;
  }

  /** A full window from the next bit that was not read. */
  private void fetch() {
    long next = Math.min(bit - left, end + 64);
    window = (long) LONGS.get(bytes, (int) (next >>> 3)) >>> (next & 7);
    left = WINDOW;
    bit = next + WINDOW;
  }

  /** Fails unless all bits were read but the zeros that fill the last byte. */
  void finish() throws CorruptCode {
    long read = bit - left;
    if (read > end || end - read > 7 || (end > read && rest(read) != 0)) {
      throw new CorruptCode("codes of " + end + " bits, filled with zeros", read + " bits");
    }
  }

  private int rest(long read) {
    return (bytes[(int) (read >>> 3)] & 0xFF) >>> (read & 7);
  }
}

package dev.diffstream.schemas.diff.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

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
  private long bit;

  /** Begins at the first bit of {@code length} bytes of {@code in} from {@code offset}. */
  void reset(ByteBuffer in, int offset, int length) {
    if (bytes.length < length + PADDING) {
      bytes = new byte[length + length / 4 + PADDING];
    }
    in.get(offset, bytes, 0, length);
    java.util.Arrays.fill(bytes, length, length + PADDING, (byte) 0);
    end = 8L * length;
    bit = 0;
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
    byte[] from = bytes;
    long mask = (1L << k) - 1;
    long position = bit;
    long sum = -1;
    int i = at;
    while (i < at + count) {
      long window = (long) LONGS.get(from, (int) (position >>> 3)) >>> (position & 7);
      int zeros = Long.numberOfTrailingZeros(window);
      int length = zeros + 1 + k;
      if (length > WINDOW) {
        bit = position;
        sum += 1 + rice(k, limit);
        position = bit;
        out[i++] = offset + (int) sum;
        continue;
      }
      int left = WINDOW;
      do {
        sum += 1 + (((long) zeros << k) | ((window >>> (zeros + 1)) & mask));
        out[i++] = offset + (int) sum;
        left -= length;
        window >>>= length;
        zeros = Long.numberOfTrailingZeros(window);
        length = zeros + 1 + k;
      } while (length <= left && i < at + count);
      position += WINDOW - left;
    }
    bit = position;
    checkBelow(sum, limit);
  }

  /**
   * Reads lines of a matrix, each as the number of its positions and their gaps: {@code out[i] =
   * line * stride + position}. Codes of several lines are taken from one window. It is one method
   * with the window in local variables because it is what decoding spends its time on: with the
   * window in fields, or numbers and gaps by one loop, it took 8 % longer.
   *
   * @param length of a line
   * @param k of the numbers' Rice code
   * @param count of all positions
   * @param ends gets, for each line, how many positions stand in it and before it
   */
  void lines(int lines, int length, int stride, int k, int count, int[] out, int at, int[] ends)
      throws CorruptCode {
    byte[] from = bytes;
    long position = bit;
    long window = 0;
    int left = 0;
    int to = at;
    for (int line = 0; line < lines; line++) {
      int zeros = Long.numberOfTrailingZeros(window);
      int code = zeros + 1 + k;
      if (code > left) {
        window = (long) LONGS.get(from, (int) (position >>> 3)) >>> (position & 7);
        left = WINDOW;
        zeros = Long.numberOfTrailingZeros(window);
        code = zeros + 1 + k;
      }
      long number;
      if (code <= left) {
        number = (long) zeros << k | ((window >>> (zeros + 1)) & ((1L << k) - 1));
        window >>>= code;
        left -= code;
        position += code;
      } else {
        bit = position;
        number = rice(k, length);
        position = bit;
        left = 0;
        window = 0;
      }
      int stop = to + checked(number, Math.min(length, at + count - to));
      int within = PositionCode.kWithin(length, stop - to);
      long mask = (1L << within) - 1;
      int base = line * stride;
      long sum = -1;
      while (to < stop) {
        zeros = Long.numberOfTrailingZeros(window);
        code = zeros + 1 + within;
        if (code > left) {
          window = (long) LONGS.get(from, (int) (position >>> 3)) >>> (position & 7);
          left = WINDOW;
          zeros = Long.numberOfTrailingZeros(window);
          code = zeros + 1 + within;
        }
        if (code <= left) {
          sum += 1 + ((long) zeros << within | ((window >>> (zeros + 1)) & mask));
          window >>>= code;
          left -= code;
          position += code;
        } else {
          bit = position;
          sum += 1 + rice(within, length);
          position = bit;
          left = 0;
          window = 0;
        }
        out[to++] = base + (int) sum;
      }
      checkBelow(sum, length);
      ends[line] = to - at;
    }
    bit = position;
    if (to != at + count) {
      throw new CorruptCode(count + " positions", Integer.toString(to - at));
    }
  }

  private static int checked(long number, int most) throws CorruptCode {
    if (number > most) {
      throw new CorruptCode("at most " + most + " positions in a line", Long.toString(number));
    }
    return (int) number;
  }

  private static void checkBelow(long sum, long limit) throws CorruptCode {
    if (sum >= limit) {
      throw new CorruptCode("a position below " + limit, Long.toString(sum));
    }
  }

  /** One number below 2^32 or so; whoever knows a closer limit must check it. */
  long rice(int k, long limit) throws CorruptCode {
    long window = window();
    int length = Long.numberOfTrailingZeros(window) + 1 + k;
    if (length <= WINDOW) {
      bit += length;
      return (long) (length - 1 - k) << k | ((window >>> (length - k)) & ((1L << k) - 1));
    }
    return longRice(k, limit, window);
  }

  private long longRice(int k, long limit, long first) throws CorruptCode {
    long zeros = 0;
    long window = first;
    while (window == 0) {
      zeros += WINDOW;
      bit += WINDOW;
      if (bit >= end || zeros >>> 1 > limit >>> k) {
        throw new CorruptCode("a code word of at most " + limit, "only zeros");
      }
      window = window();
    }
    int rest = Long.numberOfTrailingZeros(window);
    bit += rest + 1;
    long low = window() & ((1L << k) - 1);
    bit += k;
    return ((zeros + rest) << k) | low;
  }

  /** Fails unless all bits were read but the zeros that fill the last byte. */
  void finish() throws CorruptCode {
    if (bit > end || end - bit > 7 || (end > bit && (window() & 0xFF) != 0)) {
      throw new CorruptCode("codes of " + end + " bits, filled with zeros", bit + " bits");
    }
  }

  private long window() {
    return (long) LONGS.get(bytes, (int) Math.min(bit >>> 3, (end >>> 3) + 8)) >>> (bit & 7);
  }
}

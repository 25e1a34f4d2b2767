package dev.diffstream.schemas.diff.codec;

import dev.diffstream.schemas.diff.precision.BrainFloat;
import dev.diffstream.schemas.diff.precision.Codebook;
import dev.diffstream.schemas.diff.precision.HalfFloat;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The values of one tensor as bytes, little-endian; below a byte the lowest bits come first. */
public final class ValueCode {
  private ValueCode() {}

  /**
   * The numbers that the values are made of; empty for precisions without a codebook.
   *
   * @param values rounded to the precision
   */
  public static float[] book(ValuePrecision precision, float[] values) {
    return switch (precision) {
      case FP32, FP16, BF16 -> new float[0];
      case INT8 -> new float[] {ValuePrecision.scale(values)};
      case INT4, INT1 -> Codebook.fit(values, precision.codebookSize());
    };
  }

  /**
   * @param values rounded to the precision
   */
  public static byte[] write(ValuePrecision precision, float[] values, float[] book) {
    ByteBuffer out =
        ByteBuffer.allocate(Math.toIntExact(precision.bytes(values.length)))
            .order(ByteOrder.LITTLE_ENDIAN);
    switch (precision) {
      case FP32 -> out.asFloatBuffer().put(values);
      case FP16 -> {
        for (float value : values) {
          out.putShort(HalfFloat.fromFloat(value));
        }
      }
      case BF16 -> {
        for (float value : values) {
          out.putShort(BrainFloat.fromFloat(value));
        }
      }
      case INT8 -> {
        for (float value : values) {
          out.put((byte) (book[0] == 0 ? 0 : Math.round(value / (double) book[0])));
        }
      }
      case INT4, INT1 -> packed(precision.bits(), values, book, out.array());
    }
    return out.array();
  }

  private static void packed(int bits, float[] values, float[] book, byte[] out) {
    for (int i = 0; i < values.length; i++) {
      long bit = (long) i * bits;
      out[(int) (bit >>> 3)] |= (byte) (Codebook.nearest(book, values[i]) << (bit & 7));
    }
  }

  /**
   * Reads {@code count} values into {@code out} from {@code at}.
   *
   * @param offset of the tensor's values in {@code in}, which is little-endian
   */
  public static void read(
      ValuePrecision precision,
      ByteBuffer in,
      int offset,
      int count,
      float[] book,
      float[] out,
      int at)
      throws CorruptCode {
    switch (precision) {
      case FP32 -> {
        in.slice(offset, 4 * count)
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer()
            .get(out, at, count);
        checkFinite(out, at, count);
      }
      case FP16 -> {
        halves(in, offset, count, out, at);
        checkFinite(out, at, count);
      }
      case BF16 -> {
        brains(in, offset, count, out, at);
        checkFinite(out, at, count);
      }
      case INT8 -> {
        multiples(in, offset, count, book[0], out, at);
        checkFinite(out, at, count);
      }
      case INT4, INT1 -> unpacked(precision.bits(), in, offset, count, book, out, at);
    }
  }

  private static void halves(ByteBuffer in, int offset, int count, float[] out, int at) {
    for (int i = 0; i < count; i++) {
      out[at + i] = HalfFloat.toFloat(in.getShort(offset + 2 * i));
    }
  }

  private static void brains(ByteBuffer in, int offset, int count, float[] out, int at) {
    for (int i = 0; i < count; i++) {
      out[at + i] = BrainFloat.toFloat(in.getShort(offset + 2 * i));
    }
  }

  private static void multiples(
      ByteBuffer in, int offset, int count, float scale, float[] out, int at) throws CorruptCode {
    int largest = 0;
    for (int i = 0; i < count; i++) {
      int multiple = in.get(offset + i);
      largest = Math.max(largest, Math.abs(multiple));
      out[at + i] = scale * multiple + 0f;
    }
    if (largest != (scale == 0 ? 0 : 127)) {
      throw new CorruptCode(
          "multiples of %s up to %d".formatted(scale, scale == 0 ? 0 : 127),
          "multiples up to " + largest);
    }
  }

  private static void unpacked(
      int bits, ByteBuffer in, int offset, int count, float[] book, float[] out, int at)
      throws CorruptCode {
    int mask = (1 << bits) - 1;
    float[] table = Arrays.copyOf(book, mask + 1);
    Arrays.fill(table, book.length, table.length, Float.NaN);
    if (bits == 4) {
      nibbles(in, offset, count, table, out, at);
    } else {
      singleBits(in, offset, count, table, out, at);
    }
    int used = (int) ((long) count * bits & 7);
    int rest = used == 0 ? 0 : (in.get(offset + (int) ((long) count * bits >>> 3)) & 0xFF) >>> used;
    if (rest != 0) {
      throw new CorruptCode("zeros behind the last value", Integer.toBinaryString(rest));
    }
    checkFinite(out, at, count);
  }

  private static void nibbles(
      ByteBuffer in, int offset, int count, float[] table, float[] out, int at) {
    for (int i = 0; i < count - 1; i += 2) {
      int packed = in.get(offset + (i >>> 1));
      out[at + i] = table[packed & 15];
      out[at + i + 1] = table[packed >>> 4 & 15];
    }
    if ((count & 1) == 1) {
      out[at + count - 1] = table[in.get(offset + (count >>> 1)) & 15];
    }
  }

  private static void singleBits(
      ByteBuffer in, int offset, int count, float[] table, float[] out, int at) {
    for (int i = 0; i < count; i += 8) {
      int packed = in.get(offset + (i >>> 3));
      for (int j = i; j < Math.min(count, i + 8); j++) {
        out[at + j] = table[packed >>> (j & 7) & 1];
      }
    }
  }

  private static void checkFinite(float[] values, int at, int count) throws CorruptCode {
    float sum = 0;
    for (int i = at; i < at + count; i++) {
      sum += values[i] * 0f;
    }
    if (sum == 0) {
      return;
    }
    for (int i = at; i < at + count; i++) {
      if (!Float.isFinite(values[i])) {
        throw new CorruptCode(
            "a finite value, of the codebook if there is one", values[i] + " as value " + (i - at));
      }
    }
  }
}

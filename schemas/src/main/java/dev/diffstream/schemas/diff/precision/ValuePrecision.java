package dev.diffstream.schemas.diff.precision;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.Arrays;
import java.util.stream.Collectors;

/** How the values of a diff are stored. */
public enum ValuePrecision {
  FP32("fp32", 32),
  FP16("fp16", 16),
  /** bfloat16. */
  BF16("bf16", 16),
  /** Whole multiples, -127 to 127, of a number of each tensor's own. */
  INT8("int8", 8),
  /** One of 16 numbers of each tensor's own. */
  INT4("int4", 4),
  /** One of two numbers of each tensor's own. */
  INT1("int1", 1);

  /** So many low bits of a scale are zero that each of its multiples is exact in fp32. */
  private static final int SCALE_MASK = -1 << 8;

  private static final float SMALLEST_SCALE = 0x1p-100f;

  private final String text;
  private final int bits;

  ValuePrecision(String text, int bits) {
    this.text = text;
    this.bits = bits;
  }

  /** As a task event says it. */
  public String text() {
    return text;
  }

  /** Bits of one value. */
  public int bits() {
    return bits;
  }

  /** Bytes of {@code count} values of one tensor. */
  public long bytes(long count) {
    return (count * bits + 7) / 8;
  }

  /** Whether a value's bits depend on the other values of its tensor. */
  public boolean fitted() {
    return bits <= 8;
  }

  /** The largest finite value. */
  public float largest() {
    return switch (this) {
      case FP16 -> 65504;
      case BF16 -> 0x1.FEp127f;
      default -> Float.MAX_VALUE;
    };
  }

  /** How many numbers a tensor's codebook has at most; 0 of precisions without one. */
  public int codebookSize() {
    return bits <= 4 ? 1 << bits : 0;
  }

  /**
   * The values that a reader will get back for all values of one tensor: each rounded to the
   * nearest that there is; too large ones stay finite. Rounding twice changes nothing.
   *
   * @param values finite
   */
  public float[] rounded(float[] values) {
    float[] rounded = values.clone();
    switch (this) {
      case FP32 -> {}
      case FP16 -> {
        for (int i = 0; i < rounded.length; i++) {
          rounded[i] = HalfFloat.toFloat(HalfFloat.fromFloat(values[i]));
        }
      }
      case BF16 -> {
        for (int i = 0; i < rounded.length; i++) {
          rounded[i] = BrainFloat.toFloat(BrainFloat.fromFloat(values[i]));
        }
      }
      case INT8 -> {
        float scale = scale(values);
        for (int i = 0; i < rounded.length; i++) {
          rounded[i] = scale == 0 ? 0 : scale * Math.round(values[i] / (double) scale);
        }
      }
      case INT4, INT1 -> {
        float[] book = Codebook.fit(values, codebookSize());
        for (int i = 0; i < rounded.length; i++) {
          rounded[i] = book[Codebook.nearest(book, values[i])];
        }
      }
    }
    return rounded;
  }

  /**
   * What the largest of the values is 127 times of, cut to 16 bits so that every multiple is exact;
   * 0 if all are nearly 0. Of values that were rounded with a scale it is that scale.
   */
  public static float scale(float[] values) {
    float largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    int cut = Float.floatToRawIntBits(largest / 127) & SCALE_MASK;
    float scale = Float.intBitsToFloat(cut);
    return scale < SMALLEST_SCALE ? 0 : scale;
  }

  /** Whether {@link #scale} could have given it. */
  public static boolean isScale(float scale) {
    int bits = Float.floatToRawIntBits(scale);
    return bits == 0 || (scale >= SMALLEST_SCALE && bits == (bits & SCALE_MASK));
  }

  public static ValuePrecision of(String text) {
    for (ValuePrecision precision : values()) {
      if (precision.text.equals(text)) {
        return precision;
      }
    }
    throw new DiffstreamException(
        ErrorCode.INVALID_EVENT,
        "precision must be one of %s, got: %s"
            .formatted(
                Arrays.stream(values()).map(ValuePrecision::text).collect(Collectors.joining(", ")),
                text));
  }
}

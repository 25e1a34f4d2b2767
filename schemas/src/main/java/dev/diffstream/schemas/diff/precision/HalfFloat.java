package dev.diffstream.schemas.diff.precision;

/** IEEE 754 binary16, which Java knows only from 20 on. */
public final class HalfFloat {
  private static final int LARGEST_FINITE = 0x7BFF;

  /** Infinity's bits where a binary32 has its own, and what its exponents are short of there. */
  private static final int INFINITE = 0x7C00 << 13;

  private static final float REBASE = 0x1p112f;

  private HalfFloat() {}

  public static float toFloat(short half) {
    int bits = (half & 0x7FFF) << 13;
    int magnitude =
        bits < INFINITE
            ? Float.floatToRawIntBits(Float.intBitsToFloat(bits) * REBASE)
            : bits | 0x7F800000;
    return Float.intBitsToFloat(magnitude | (half & 0x8000) << 16);
  }

  /**
   * Rounds to the nearest, ties to even. Finite values beyond the range become the largest finite
   * one.
   */
  public static short fromFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    int magnitude = bits & 0x7FFFFFFF;
    if (magnitude >= 0x7F800000) {
      return (short) (sign | (magnitude > 0x7F800000 ? 0x7E00 : 0x7C00));
    }
    if (magnitude < 0x38800000) {
      return (short) (sign | subnormal(magnitude));
    }
    int rebased = magnitude - 0x38000000;
    int rounded = (rebased + 0xFFF + ((rebased >>> 13) & 1)) >>> 13;
    return (short) (sign | Math.min(rounded, LARGEST_FINITE));
  }

  private static int subnormal(int magnitude) {
    return (int) Math.rint(Float.intBitsToFloat(magnitude) * (double) 0x1p24);
  }
}

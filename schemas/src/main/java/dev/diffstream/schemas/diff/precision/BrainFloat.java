package dev.diffstream.schemas.diff.precision;

/** bfloat16: the upper half of an IEEE 754 binary32. */
public final class BrainFloat {
  private static final int LARGEST_FINITE = 0x7F7F;

  private BrainFloat() {}

  public static float toFloat(short brain) {
    return Float.intBitsToFloat(brain << 16);
  }

  /**
   * Rounds to the nearest, ties to even. Finite values beyond the range become the largest finite
   * one.
   */
  public static short fromFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (!Float.isFinite(value)) {
      return (short) (bits >>> 16 | (Float.isNaN(value) ? 0x40 : 0));
    }
    int sign = (bits >>> 16) & 0x8000;
    int magnitude = bits & 0x7FFFFFFF;
    int rounded = (magnitude + 0x7FFF + ((magnitude >>> 16) & 1)) >>> 16;
    return (short) (sign | Math.min(rounded, LARGEST_FINITE));
  }
}

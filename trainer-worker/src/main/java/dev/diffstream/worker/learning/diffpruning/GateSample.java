package dev.diffstream.worker.learning.diffpruning;

/**
 * The order of the gates, coarsely: a histogram over the leading bits of E. Of large states a fixed
 * sample is looked at, one run of {@code Vectors.WIDEST} values of each {@link #stride}.
 */
final class GateSample {
  /** E is not negative, so sign apart 8 bits of exponent and 4 of mantissa. */
  static final int BUCKETS = 1 << 12;

  static final int SHIFT = 19;

  private GateSample() {}

  static int stride(int size) {
    return size > 1 << 20 ? 16 : 1;
  }

  static int bucket(float e) {
    return Float.floatToRawIntBits(e) >>> SHIFT;
  }

  /** {@link Gates#alphaAbove}, from a sample. */
  static double alphaAbove(int[] histogram, int stride, long count) {
    long above = 0;
    int bucket = histogram.length - 1;
    while (bucket > 0 && (above + histogram[bucket]) * stride <= count) {
      above += histogram[bucket--];
    }
    return Math.log(Float.intBitsToFloat((bucket + 1) << SHIFT));
  }
}

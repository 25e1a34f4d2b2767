package dev.diffstream.cli.exchange;

/**
 * Which of many numbers are the k of greatest absolute value, without keeping them: two passes
 * count by the upper and then the lower half of their bits, which ascend with the absolute value. A
 * last pass asks for each number in the same order.
 */
final class LargestChanges {
  static final int PASSES = 2;

  private static final int HALF = 16;
  private static final int LOWER = (1 << HALF) - 1;

  private final long[] counts = new long[1 << HALF];
  private long left;
  private int pass;
  private int threshold;

  /**
   * @param count how many are kept at most; zeros never are
   */
  LargestChanges(long count) {
    this.left = count;
  }

  void count(float change) {
    int bits = bits(change);
    if (bits == 0) {
      return;
    }
    if (pass == 0) {
      counts[bits >>> HALF]++;
    } else if (bits >>> HALF == threshold >>> HALF) {
      counts[bits & LOWER]++;
    }
  }

  void nextPass() {
    int bucket = counts.length - 1;
    while (bucket > 0 && counts[bucket] <= left) {
      left -= counts[bucket--];
    }
    threshold = pass == 0 ? bucket << HALF : threshold | bucket;
    java.util.Arrays.fill(counts, 0);
    pass++;
  }

  /** Of those at the threshold, the first ones that are asked for. */
  boolean keep(float change) {
    int bits = bits(change);
    if (bits == threshold && bits != 0 && left > 0) {
      left--;
      return true;
    }
    return bits > threshold;
  }

  private static int bits(float change) {
    return Float.floatToRawIntBits(change) & Integer.MAX_VALUE;
  }
}

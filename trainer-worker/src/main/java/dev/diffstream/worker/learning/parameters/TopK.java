package dev.diffstream.worker.learning.parameters;

import java.util.Arrays;

/** Exactly the k largest. */
public final class TopK {
  private TopK() {}

  /**
   * The indices of the {@code k} largest {@code |changes|}, ascending. Where fewer than {@code k}
   * changes are nonzero, the rest is taken by the largest {@code promise} instead of leaving
   * positions empty; where that is zero too, the position stays empty. Ties go to the lower index.
   *
   * @param promise not negative; where changes are not zero it is overwritten, to the same effect
   *     in every call with these changes
   */
  public static int[] largest(FloatArray changes, FloatArray promise, int k) {
    if (nonzeros(changes) >= k) {
      return largest(changes, k);
    }
    for (int i = 0; i < changes.length(); i++) {
      if (changes.get(i) != 0) {
        // A nonzero change outranks every promise.
        promise.set(i, Float.POSITIVE_INFINITY);
      }
    }
    return largest(promise, k);
  }

  /** How many are not zero. */
  public static int nonzeros(FloatArray changes) {
    return count(changes, 1);
  }

  /** The indices of the {@code k} largest {@code |scores|} that are not zero, ascending. */
  public static int[] largest(FloatArray scores, int k) {
    int threshold = Math.max(1, kthLargest(scores, k));
    int above = count(scores, threshold + 1);
    int equal = Math.max(0, k - above);
    int[] chosen = new int[Math.min(k, scores.length())];
    int n = 0;
    for (int i = 0; i < scores.length() && n < chosen.length; i++) {
      int bits = bits(scores.get(i));
      if (bits > threshold || (bits == threshold && equal-- > 0)) {
        chosen[n++] = i;
      }
    }
    return Arrays.copyOf(chosen, n);
  }

  /** Bit by bit from the top: how many scores share the prefix found so far and the next bit. */
  private static int kthLargest(FloatArray scores, int k) {
    int prefix = 0;
    for (int bit = 30; bit >= 0; bit--) {
      int candidate = prefix | 1 << bit;
      if (count(scores, candidate) >= k) {
        prefix = candidate;
      }
    }
    return prefix;
  }

  private static int count(FloatArray scores, int min) {
    float[] block = new float[Vectors.BLOCK];
    int count = 0;
    for (int at = 0; at < scores.length(); at += Vectors.BLOCK) {
      int n = scores.read(at, block);
      for (int i = 0; i < n; i++) {
        count += bits(block[i]) >= min ? 1 : 0;
      }
    }
    return count;
  }

  /** Ordered as the magnitudes are. */
  private static int bits(float score) {
    return Float.floatToRawIntBits(score) & Integer.MAX_VALUE;
  }
}

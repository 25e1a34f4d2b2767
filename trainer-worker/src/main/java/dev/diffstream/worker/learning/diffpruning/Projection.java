package dev.diffstream.worker.learning.diffpruning;

import java.util.Arrays;

/** Stage 2: exactly the k largest. */
final class Projection {
  private Projection() {}

  /**
   * The state indices of the {@code k} largest {@code |changes|}, ascending. Where fewer than
   * {@code k} changes are nonzero, the rest is taken by the largest {@code promise} (learning
   * notes: fill up instead of leaving positions empty). Ties go to the lower index.
   */
  static int[] largest(float[] changes, float[] promise, int k) {
    int[] bits = new int[changes.length];
    int nonzeros = 0;
    for (int i = 0; i < changes.length; i++) {
      bits[i] = Float.floatToRawIntBits(Math.abs(changes[i]));
      nonzeros += bits[i] > 0 ? 1 : 0;
    }
    if (nonzeros >= k) {
      return top(bits, k);
    }
    int[] rest = new int[changes.length];
    for (int i = 0; i < changes.length; i++) {
      // A nonzero change outranks every promise.
      rest[i] = bits[i] > 0 ? Integer.MAX_VALUE : Float.floatToRawIntBits(promise[i]);
    }
    return top(rest, Math.min(k, changes.length));
  }

  /** The indices of the {@code k} largest non-negative scores, ascending. */
  private static int[] top(int[] scores, int k) {
    if (k == 0) {
      return new int[0];
    }
    int threshold = kthLargest(scores, k);
    int[] chosen = new int[k];
    int above = 0;
    for (int score : scores) {
      above += score > threshold ? 1 : 0;
    }
    int equal = k - above;
    int n = 0;
    for (int i = 0; i < scores.length && n < k; i++) {
      if (scores[i] > threshold || (scores[i] == threshold && equal-- > 0)) {
        chosen[n++] = i;
      }
    }
    return Arrays.copyOf(chosen, n);
  }

  /**
   * Bit by bit from the top: how many scores share the prefix found so far and have the next bit
   * set.
   */
  private static int kthLargest(int[] scores, int k) {
    int prefix = 0;
    for (int bit = 30; bit >= 0; bit--) {
      int candidate = prefix | 1 << bit;
      int atLeast = 0;
      for (int score : scores) {
        atLeast += score >= candidate ? 1 : 0;
      }
      if (atLeast >= k) {
        prefix = candidate;
      }
    }
    return prefix;
  }
}

package dev.diffstream.schemas.diff.precision;

import java.util.Arrays;

/** The few numbers that stand for all values of a tensor. */
public final class Codebook {
  private static final int ROUNDS = 300;

  private Codebook() {}

  /**
   * At most {@code size} numbers, ascending, with a small sum of squared distances to the values:
   * Lloyd's iteration (1982) from quantiles, and from where the high-rate theory puts them, dense
   * as the cube root of the values' density (Panter, Dite 1951); the better of both. Two numbers
   * are the best two that there are. Where so many numbers or fewer occur, these are the codebook,
   * so that values that were rounded once stay as they are.
   *
   * @param values finite
   */
  public static float[] fit(float[] values, int size) {
    float[] sorted = sorted(values);
    float[] distinct = distinct(sorted, size);
    if (distinct != null) {
      return distinct;
    }
    double[] sums = sums(sorted);
    if (size == 2) {
      return pair(sorted, sums);
    }
    double[] even = new double[sorted.length];
    double[] cubeRoot = new double[sorted.length];
    for (int i = 1; i < sorted.length; i++) {
      double gap = (double) sorted[i] - sorted[i - 1];
      even[i] = i;
      cubeRoot[i] = cubeRoot[i - 1] + StrictMath.cbrt(gap * gap);
    }
    float[] first = improved(spread(sorted, even, size), sorted, sums);
    float[] second = improved(spread(sorted, cubeRoot, size), sorted, sums);
    return compacted(error(second, sorted) < error(first, sorted) ? second : first);
  }

  private static float[] improved(float[] book, float[] sorted, double[] sums) {
    for (int round = 0; round < ROUNDS && improve(book, sorted, sums); round++) {}
    return book;
  }

  private static double error(float[] book, float[] sorted) {
    double error = 0;
    int at = 0;
    for (float value : sorted) {
      while (at + 1 < book.length && (double) book[at + 1] - value < (double) value - book[at]) {
        at++;
      }
      double distance = (double) value - book[at];
      error += distance * distance;
    }
    return error;
  }

  private static double[] sums(float[] sorted) {
    double[] sums = new double[sorted.length + 1];
    for (int i = 0; i < sorted.length; i++) {
      sums[i + 1] = sums[i] + sorted[i];
    }
    return sums;
  }

  /**
   * The means of both sides of the best cut: the sum of squared sums by their number is largest.
   */
  private static float[] pair(float[] sorted, double[] sums) {
    int n = sorted.length;
    int best = 1;
    double most = Double.NEGATIVE_INFINITY;
    for (int cut = 1; cut < n; cut++) {
      double below = sums[cut];
      double above = sums[n] - below;
      double explained = below * below / cut + above * above / (n - cut);
      if (explained > most) {
        most = explained;
        best = cut;
      }
    }
    return compacted(
        new float[] {(float) (sums[best] / best), (float) ((sums[n] - sums[best]) / (n - best))});
  }

  /**
   * Values at equal steps of what is passed on the way up to each. Where density is 1 / gap, its
   * cube root over the gap is gap to the power of 2/3.
   */
  private static float[] spread(float[] sorted, double[] passed, int size) {
    float[] book = new float[size];
    int at = -1;
    for (int i = 0; i < size; i++) {
      double wanted = passed[sorted.length - 1] * (i + 0.5) / size;
      int last = sorted.length - size + i;
      at++;
      while (at < last && (passed[at] < wanted || (at > 0 && sorted[at] == sorted[at - 1]))) {
        at++;
      }
      book[i] = sorted[at];
    }
    return book;
  }

  /** One round of Lloyd's: each number becomes the mean of what is nearest to it. */
  private static boolean improve(float[] book, float[] sorted, double[] sums) {
    boolean changed = false;
    int begin = 0;
    for (int i = 0; i < book.length; i++) {
      int end =
          i + 1 == book.length
              ? sorted.length
              : firstAbove(sorted, (float) ((book[i] + (double) book[i + 1]) / 2));
      float mean =
          end > begin
              ? (float) ((sums[end] - sums[begin]) / (end - begin))
              : book[Math.max(0, i - 1)];
      changed |= mean != book[i];
      book[i] = mean;
      begin = Math.max(begin, end);
    }
    return changed;
  }

  private static int firstAbove(float[] sorted, float limit) {
    int from = 0;
    int to = sorted.length;
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (sorted[middle] > limit) {
        to = middle;
      } else {
        from = middle + 1;
      }
    }
    return from;
  }

  /** All numbers that occur, ascending, or null if there are more than {@code most}. */
  static float @org.jspecify.annotations.Nullable [] distinct(float[] sorted, int most) {
    float[] found = new float[most];
    int count = 0;
    for (int i = 0; i < sorted.length; i++) {
      if (i == 0 || sorted[i] != sorted[i - 1]) {
        if (count == most) {
          return null;
        }
        found[count++] = sorted[i];
      }
    }
    return Arrays.copyOf(found, count);
  }

  /** A copy in ascending order, without the sign of zeros. */
  static float[] sorted(float[] values) {
    float[] sorted = values.clone();
    for (int i = 0; i < sorted.length; i++) {
      sorted[i] += 0f;
    }
    Arrays.sort(sorted);
    return sorted;
  }

  private static float[] compacted(float[] book) {
    float[] ascending = sorted(book);
    float[] distinct = distinct(ascending, book.length);
    return distinct == null ? ascending : distinct;
  }

  /** Index of the nearest number, the lower of two. */
  public static int nearest(float[] book, float value) {
    int at = Arrays.binarySearch(book, value + 0f);
    if (at >= 0) {
      return at;
    }
    int above = -at - 1;
    if (above == 0) {
      return 0;
    }
    if (above == book.length) {
      return above - 1;
    }
    return (double) value - book[above - 1] <= (double) book[above] - value ? above - 1 : above;
  }
}

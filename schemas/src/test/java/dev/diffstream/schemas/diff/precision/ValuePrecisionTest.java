package dev.diffstream.schemas.diff.precision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ValuePrecisionTest {
  private static final int ROUNDS = 300;

  @ParameterizedTest
  @EnumSource
  void roundingTwiceChangesNothingEvenWithoutTheZeros(ValuePrecision precision) {
    long seed = new Random().nextLong();
    System.out.println("ValuePrecisionTest seed " + seed);
    for (int round = 0; round < ROUNDS; round++) {
      float[] values = values(new Random(seed + round));
      float[] rounded = precision.rounded(values);
      for (float value : rounded) {
        assertThat(value).isFinite();
      }
      assertThat(precision.rounded(rounded)).containsExactly(rounded);
      float[] kept = new float[rounded.length];
      int n = 0;
      for (float value : rounded) {
        if (value != 0) {
          kept[n++] = value;
        }
      }
      kept = Arrays.copyOf(kept, n);
      assertThat(precision.rounded(kept)).containsExactly(kept);
    }
  }

  @Test
  void int8IsOffByHalfAStepAtMost() {
    Random random = new Random(5);
    for (int round = 0; round < ROUNDS; round++) {
      float[] values = values(random);
      float largest = 0;
      for (float value : values) {
        largest = Math.max(largest, Math.abs(value));
      }
      float[] rounded = ValuePrecision.INT8.rounded(values);
      for (int i = 0; i < values.length; i++) {
        assertThat((double) rounded[i]).isCloseTo(values[i], within(largest / 127 * 0.501 + 1e-30));
      }
    }
  }

  /** Optimal codebooks of one dimension by trying all cuts of the sorted values. */
  @Test
  void twoNumbersAreTheBestTwo() {
    Random random = new Random(6);
    for (int round = 0; round < ROUNDS; round++) {
      float[] values = new float[3 + random.nextInt(40)];
      for (int i = 0; i < values.length; i++) {
        values[i] = (random.nextBoolean() ? 1 : -1) + 0.2f * (float) random.nextGaussian();
      }
      float[] sorted = values.clone();
      Arrays.sort(sorted);
      double best = Double.MAX_VALUE;
      for (int cut = 0; cut <= sorted.length; cut++) {
        best = Math.min(best, spread(sorted, 0, cut) + spread(sorted, cut, sorted.length));
      }
      assertThat(error(values, ValuePrecision.INT1.rounded(values)))
          .isLessThanOrEqualTo(best * 1.0001 + 1e-9);
    }
  }

  /** The optimum by dynamic programming over all cuts (Wang, Song 2011). */
  @Test
  void sixteenNumbersAreNearlyTheBestSixteen() {
    Random random = new Random(7);
    for (int round = 0; round < 20; round++) {
      float[] values = new float[600];
      for (int i = 0; i < values.length; i++) {
        double tail = 1 - Math.log(1 - random.nextDouble()) / 4;
        values[i] = (float) (random.nextBoolean() ? tail : -tail);
      }
      float[] sorted = values.clone();
      Arrays.sort(sorted);
      assertThat(error(values, ValuePrecision.INT4.rounded(values)))
          .isLessThan(optimum(sorted, 16) * 1.4);
    }
  }

  private static double optimum(float[] sorted, int size) {
    int n = sorted.length;
    double[] sums = new double[n + 1];
    double[] squares = new double[n + 1];
    for (int i = 0; i < n; i++) {
      sums[i + 1] = sums[i] + sorted[i];
      squares[i + 1] = squares[i] + (double) sorted[i] * sorted[i];
    }
    double[] best = new double[n + 1];
    Arrays.fill(best, Double.MAX_VALUE);
    best[0] = 0;
    for (int numbers = 0; numbers < size; numbers++) {
      double[] next = new double[n + 1];
      Arrays.fill(next, Double.MAX_VALUE);
      for (int end = 1; end <= n; end++) {
        for (int begin = 0; begin < end; begin++) {
          double sum = sums[end] - sums[begin];
          double spread = squares[end] - squares[begin] - sum * sum / (end - begin);
          next[end] = Math.min(next[end], best[begin] + spread);
        }
      }
      best = next;
    }
    return best[n];
  }

  @Test
  void nearestIsTheNearest() {
    Random random = new Random(8);
    for (int round = 0; round < 1000; round++) {
      float[] book = Codebook.fit(values(random), 16);
      float value = (float) random.nextGaussian();
      int nearest = Codebook.nearest(book, value);
      for (float other : book) {
        assertThat(Math.abs((double) book[nearest] - value))
            .isLessThanOrEqualTo(Math.abs((double) other - value));
      }
    }
  }

  private static float[] values(Random random) {
    float[] values = new float[1 + random.nextInt(random.nextBoolean() ? 6 : 400)];
    double scale = Math.pow(10, random.nextInt(12) - 8);
    boolean oneSign = random.nextInt(4) == 0;
    for (int i = 0; i < values.length; i++) {
      double size = 1 - Math.log(1 - random.nextDouble()) / 3;
      values[i] = (float) (scale * (oneSign || random.nextBoolean() ? size : -size));
    }
    if (random.nextInt(4) == 0) {
      values[random.nextInt(values.length)] = 0;
    }
    return values;
  }

  private static double spread(float[] sorted, int from, int to) {
    double mean = 0;
    for (int i = from; i < to; i++) {
      mean += sorted[i] / (double) (to - from);
    }
    double spread = 0;
    for (int i = from; i < to; i++) {
      spread += (sorted[i] - mean) * (sorted[i] - mean);
    }
    return spread;
  }

  private static double error(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    }
    return sum;
  }
}

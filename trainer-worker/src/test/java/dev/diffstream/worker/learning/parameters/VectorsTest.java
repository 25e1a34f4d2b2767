package dev.diffstream.worker.learning.parameters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.worker.learning.parameters.Vectors.AdamStep;
import java.util.Arrays;
import java.util.Random;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

/** Against the textbook in double precision. */
class VectorsTest {
  private static final int N = 1000;
  private final long seed = new Random().nextLong();
  private final Random random = new Random(seed);

  VectorsTest() {
    System.out.println("VectorsTest seed " + seed);
  }

  @Test
  void adamIsTheTextbooksOnValuesAndOnLogarithms() {
    float[] d = random();
    float[] values = new float[d.length];
    float[] logs = new float[d.length];
    float[][] moments = new float[4][d.length];
    double[] mean = new double[N];
    double[] square = new double[N];
    double[] sum = new double[N];
    Arrays.fill(logs, 0, N, 148.41316f);
    for (int t = 1; t <= 5; t++) {
      AdamStep step = AdamStep.of(0.5, 0.1, t);
      Vectors.adam(step, d, values, moments[0], moments[1], N);
      Vectors.adamOfLogarithm(
          step, d, logs, moments[2], moments[3], N, t == 3 ? 0.25f : 1, 1e-9f, 1e9f);
      for (int i = 0; i < N; i++) {
        mean[i] = 0.9 * mean[i] + 0.1 * 0.5 * d[i];
        square[i] = 0.999 * square[i] + 0.001 * 0.25 * d[i] * d[i];
        sum[i] +=
            0.1
                * (mean[i] / (1 - Math.pow(0.9, t)))
                / (Math.sqrt(square[i] / (1 - Math.pow(0.999, t))) + 1e-8);
        assertThat((double) values[i]).isCloseTo(-sum[i], within(1e-5));
        double shift = t >= 3 ? Math.log(0.25) : 0;
        assertThat(Math.log(logs[i])).isCloseTo(5 + shift - sum[i], within(1e-4));
      }
    }
  }

  @Test
  void expOfNegativeIsRightOverTheWholeRangeOfChanges() {
    float[] changes = new float[Vectors.FLOATS.length()];
    for (double x = -32; x <= 32; x += 0.01) {
      Arrays.fill(changes, (float) x);
      float actual =
          Vectors.expOfNegative(FloatVector.fromArray(Vectors.FLOATS, changes, 0)).lane(0);
      assertThat(actual / Math.exp(-(double) (float) x)).as("e^-%s", x).isCloseTo(1, within(6e-5));
    }
    for (float x : new float[] {-1000, -90, 90, 1000}) {
      Arrays.fill(changes, x);
      assertThat(Vectors.expOfNegative(FloatVector.fromArray(Vectors.FLOATS, changes, 0)).lane(0))
          .isFinite()
          .isPositive();
    }
  }

  /** At the default gate rate nothing may change: published digests depend on these bits. */
  @Test
  void smallChangesHaveTheBitsOfThePolynomialAlone() {
    float[] changes = new float[Vectors.FLOATS.length()];
    for (float x = -0.34f; x <= 0.34f; x += 0.0007f) {
      Arrays.fill(changes, x);
      float polynomial = (((x * (1 / 24f) - 1 / 6f) * x + 0.5f) * x - 1f) * x + 1f;
      assertThat(Vectors.expOfNegative(FloatVector.fromArray(Vectors.FLOATS, changes, 0)).lane(0))
          .isEqualTo(polynomial);
    }
  }

  @Test
  void logarithmsStayWithinTheirBounds() {
    float[] d = new float[Vectors.WIDEST];
    float[] values = new float[Vectors.WIDEST];
    Arrays.fill(values, 1);
    AdamStep step = AdamStep.of(1, 0.1, 1);
    float[][] moments = new float[2][Vectors.WIDEST];
    Vectors.adamOfLogarithm(step, d, values, moments[0], moments[1], 16, 1e-9f, 1e-3f, 1e3f);
    assertThat(values).containsOnly(1e-3f);
    Vectors.adamOfLogarithm(step, d, values, moments[0], moments[1], 16, 1e9f, 1e-3f, 1e3f);
    assertThat(values).containsOnly(1e3f);
  }

  @Test
  void squaresAreSummed() {
    float[] x = random();
    double expected = 0;
    for (float value : x) {
      expected += (double) value * value;
    }
    assertThat(Vectors.squares(x, N)).isCloseTo(expected, within(1e-2));
  }

  /** The compiler takes over after some thousand calls. */
  @Test
  void squaresHaveTheSameBitsBeforeAndAfterTheyAreCompiled() {
    float[] x = random();
    double first = Vectors.squares(x, N);
    for (int call = 0; call < 50_000; call++) {
      assertThat(Vectors.squares(x, N) == first).as("seed %d call %d", seed, call).isTrue();
    }
  }

  @Test
  void wholeIsTheNextMultiple() {
    assertThat(Vectors.whole(0)).isZero();
    assertThat(Vectors.whole(1)).isEqualTo(16);
    assertThat(Vectors.whole(16)).isEqualTo(16);
    assertThat(Vectors.whole(17)).isEqualTo(32);
  }

  private float[] random() {
    float[] x = new float[Vectors.whole(N)];
    for (int i = 0; i < N; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return x;
  }
}

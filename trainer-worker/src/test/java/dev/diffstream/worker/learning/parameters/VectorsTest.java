package dev.diffstream.worker.learning.parameters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.worker.learning.parameters.Vectors.AdamStep;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against the textbook in double precision. */
class VectorsTest {
  private static final int N = 1000;
  private final long seed = new Random().nextLong();
  private final Random random = new Random(seed);
  private final Arena memory = Arena.ofConfined();

  VectorsTest() {
    System.out.println("VectorsTest seed " + seed);
  }

  @AfterEach
  void close() {
    memory.close();
  }

  @Test
  void adamIsTheTextbooksOnValuesAndOnLogarithms() {
    FloatArray d = random();
    FloatArray values = zeros(N);
    FloatArray logs = zeros(N);
    long[] moments = new long[4];
    Arrays.setAll(moments, i -> zeros(N).address(0, N));
    double[] mean = new double[N];
    double[] square = new double[N];
    double[] sum = new double[N];
    logs.fill(0, N, 148.41316f);
    for (int t = 1; t <= 5; t++) {
      AdamStep step = AdamStep.of(0.5, 0.1, t);
      Vectors.adam(step, at(d), at(values), moments[0], moments[1], N);
      Vectors.adamOfLogarithm(
          step, at(d), at(logs), moments[2], moments[3], N, t == 3 ? 0.25f : 1, 1e-9f, 1e9f);
      for (int i = 0; i < N; i++) {
        mean[i] = 0.9 * mean[i] + 0.1 * 0.5 * d.get(i);
        square[i] = 0.999 * square[i] + 0.001 * 0.25 * d.get(i) * d.get(i);
        sum[i] +=
            0.1
                * (mean[i] / (1 - Math.pow(0.9, t)))
                / (Math.sqrt(square[i] / (1 - Math.pow(0.999, t))) + 1e-8);
        assertThat((double) values.get(i)).isCloseTo(-sum[i], within(1e-5));
        double shift = t >= 3 ? Math.log(0.25) : 0;
        assertThat(Math.log(logs.get(i))).isCloseTo(5 + shift - sum[i], within(1e-4));
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
    FloatArray values = zeros(16);
    values.fill(0, 16, 1);
    AdamStep step = AdamStep.of(1, 0.1, 1);
    long[] zeros = new long[3];
    Arrays.setAll(zeros, i -> zeros(16).address(0, 16));
    long at = values.address(0, 16);
    Vectors.adamOfLogarithm(step, zeros[0], at, zeros[1], zeros[2], 16, 1e-9f, 1e-3f, 1e3f);
    assertThat(values.toArray()).containsOnly(1e-3f);
    Vectors.adamOfLogarithm(step, zeros[0], at, zeros[1], zeros[2], 16, 1e9f, 1e-3f, 1e3f);
    assertThat(values.toArray()).containsOnly(1e3f);
  }

  @Test
  void squaresAreSummed() {
    FloatArray x = random();
    double expected = 0;
    for (float value : x.toArray()) {
      expected += (double) value * value;
    }
    assertThat(Vectors.squares(at(x), N)).isCloseTo(expected, within(1e-2));
  }

  /** The compiler takes over after some thousand calls. */
  @Test
  void squaresHaveTheSameBitsBeforeAndAfterTheyAreCompiled() {
    FloatArray x = random();
    double first = Vectors.squares(at(x), N);
    for (int call = 0; call < 50_000; call++) {
      assertThat(Vectors.squares(at(x), N) == first).as("seed %d call %d", seed, call).isTrue();
    }
  }

  @Test
  void wholeIsTheNextMultiple() {
    assertThat(Vectors.whole(0)).isZero();
    assertThat(Vectors.whole(1)).isEqualTo(16);
    assertThat(Vectors.whole(16)).isEqualTo(16);
    assertThat(Vectors.whole(17)).isEqualTo(32);
  }

  private FloatArray random() {
    FloatArray x = zeros(N);
    for (int i = 0; i < N; i++) {
      x.set(i, (float) random.nextGaussian());
    }
    return x;
  }

  private FloatArray zeros(int count) {
    return FloatArray.zeros(memory, Vectors.whole(count));
  }

  private static long at(FloatArray array) {
    return array.address(0, N);
  }
}

package dev.diffstream.worker.learning.diffpruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Against the formulas in double precision, and their finite differences. */
class GateKernelsTest {
  private static final int N = 1000;
  private final long seed = new Random().nextLong();
  private final Random random = new Random(seed);

  GateKernelsTest() {
    System.out.println("GateKernelsTest seed " + seed);
  }

  @Test
  void noiseIsUniformAndDependsOnIndexAndStep() {
    float[] u = new float[GateKernels.BLOCK];
    float[] same = new float[GateKernels.BLOCK];
    float[] other = new float[GateKernels.BLOCK];
    double sum = 0;
    for (int block = 0; block < 100; block++) {
      GateKernels.noise(u, u.length, block * u.length, 7);
      for (float x : u) {
        assertThat(x).isBetween(1e-4f, 1 - 1e-4f);
        sum += x;
      }
    }
    assertThat(sum / (100 * u.length)).isCloseTo(0.5, within(0.01));
    GateKernels.noise(u, u.length, 5000, 7);
    GateKernels.noise(same, 10, 5010, 7);
    GateKernels.noise(other, u.length, 5000, 8);
    assertThat(Arrays.copyOf(same, 10)).isEqualTo(Arrays.copyOfRange(u, 10, 20));
    assertThat(other).isNotEqualTo(u);
  }

  @Test
  void gatesAndGradientsAreThoseOfTheFormulas() {
    float[] u = new float[N];
    float[] e = new float[N];
    float[] w = random(1e-2);
    float[] g = random(1e-1);
    GateKernels.noise(u, N, 0, random.nextInt());
    for (int i = 0; i < N; i++) {
      e[i] = (float) Math.exp(random.nextGaussian() * 3);
    }
    float[] z = new float[N];
    float[] slope = new float[N];
    float[] dw = new float[N];
    float[] da = new float[N];
    float zg = 0.7f;
    float lambda = 1e-3f;
    GateKernels.gates(z, slope, u, e, N);
    GateKernels.gradients(dw, da, g, w, e, z, slope, zg, lambda, N);
    for (int i = 0; i < N; i++) {
      double alpha = Math.log(e[i]);
      assertThat((double) z[i]).isCloseTo(gate(u[i], alpha), within(1e-5));
      double h = 1e-5;
      double byAlpha =
          (objective(g[i], w[i], u[i], alpha + h, zg, lambda)
                  - objective(g[i], w[i], u[i], alpha - h, zg, lambda))
              / (2 * h);
      double byW =
          (objective(g[i], w[i] + h, u[i], alpha, zg, lambda)
                  - objective(g[i], w[i] - h, u[i], alpha, zg, lambda))
              / (2 * h);
      boolean atAKnee = Math.min(Math.abs(z[i]), Math.abs(1 - z[i])) < 1e-4 && z[i] > 0 && z[i] < 1;
      if (!atAKnee) {
        assertThat((double) da[i]).isCloseTo(byAlpha, within(2e-6));
        assertThat((double) dw[i]).isCloseTo(byW, within(2e-6));
      }
    }
  }

  @Test
  void theGroupGatesGradientIsItsFiniteDifference() {
    GroupGate gate = new GroupGate();
    gate.draw(0.03);
    double dot = 0.37;
    double lambda = 1e-3;
    double h = 1e-6;
    double byAlpha =
        (groupObjective(5 + h, dot, lambda) - groupObjective(5 - h, dot, lambda)) / (2 * h);
    assertThat(gate.gradient(dot, lambda)).isCloseTo(byAlpha, within(1e-6));
  }

  @Test
  void adamIsTheTextbooks() {
    float[] d = random(1);
    float[] m = new float[N];
    float[] v = new float[N];
    float[] step = new float[N];
    double[] mean = new double[N];
    double[] square = new double[N];
    for (int t = 1; t <= 5; t++) {
      float rate = (float) (0.1 / (1 - Math.pow(0.9, t)));
      float correction2 = (float) (1 / Math.sqrt(1 - Math.pow(0.999, t)));
      GateKernels.adam(step, d, m, v, 0.5f, rate, correction2, N);
      for (int i = 0; i < N; i++) {
        mean[i] = 0.9 * mean[i] + 0.1 * 0.5 * d[i];
        square[i] = 0.999 * square[i] + 0.001 * 0.25 * d[i] * d[i];
        double expected =
            0.1
                * (mean[i] / (1 - Math.pow(0.9, t)))
                / (Math.sqrt(square[i] / (1 - Math.pow(0.999, t))) + 1e-8);
        assertThat((double) step[i]).isCloseTo(expected, within(1e-5));
      }
    }
  }

  @Test
  void decayFollowsTheExponential() {
    float[] e = new float[N];
    float[] step = new float[N];
    Arrays.fill(e, 148.41316f);
    for (int i = 0; i < N; i++) {
      step[i] = (random.nextFloat() - 0.5f) * 0.6f;
    }
    GateKernels.decay(e, step, N);
    for (int i = 0; i < N; i++) {
      assertThat(e[i] / 148.41316).isCloseTo(Math.exp(-step[i]), within(1e-4));
    }
  }

  @Test
  void sumsOverLanesAreSums() {
    float[] a = random(1);
    float[] b = random(1);
    float[] c = random(1);
    float[] lanes = new float[GateKernels.BLOCK];
    GateKernels.addProducts(lanes, a, b, c, N);
    double expected = 0;
    for (int i = 0; i < N; i++) {
      expected += (double) a[i] * b[i] * c[i];
    }
    assertThat(GateKernels.sum(lanes)).isCloseTo(expected, within(1e-4));
    int open = 0;
    float[] e = {0.5f, 1f, Math.nextUp(1f), 7f, 1e-9f, 1e8f};
    for (float x : e) {
      open += x > 1 ? 1 : 0;
    }
    assertThat(GateKernels.open(e, e.length)).isEqualTo(open);
  }

  private float[] random(double scale) {
    float[] x = new float[N];
    for (int i = 0; i < N; i++) {
      x[i] = (float) (random.nextGaussian() * scale);
    }
    return x;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static double gate(double u, double alpha) {
    return Math.clamp(3 * sigmoid(Math.log(u / (1 - u)) + alpha) - 1.5, 0, 1);
  }

  private static double objective(
      double g, double w, double u, double alpha, double zg, double lambda) {
    return g * w * gate(u, alpha) * zg + lambda * sigmoid(alpha);
  }

  private static double groupObjective(double alpha, double dot, double lambda) {
    return dot * gate(0.03, alpha) + lambda * sigmoid(alpha);
  }
}

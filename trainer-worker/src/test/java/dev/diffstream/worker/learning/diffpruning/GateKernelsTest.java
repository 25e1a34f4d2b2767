package dev.diffstream.worker.learning.diffpruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.worker.learning.parameters.FloatArray;
import dev.diffstream.worker.learning.parameters.Vectors;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against the formulas in double precision, and their finite differences. */
class GateKernelsTest {
  private static final int N = 1000;
  private static final int AT = 16;
  private static final float ZG = 0.7f;
  private static final float LAMBDA = 1e-3f;

  private final long seed = new Random().nextLong();
  private final Random random = new Random(seed);
  private final int stepSeed = random.nextInt();
  private final Arena memory = Arena.ofConfined();
  private final FloatArray w = random(1e-2);
  private final FloatArray g = random(1e-1);
  private final FloatArray e = zeros();

  GateKernelsTest() {
    System.out.println("GateKernelsTest seed " + seed);
    for (int i = 0; i < N; i++) {
      e.set(i, (float) Math.exp(random.nextGaussian() * 3));
    }
  }

  @AfterEach
  void close() {
    memory.close();
  }

  @Test
  void theNoiseIsUniform() {
    double sum = 0;
    int low = 0;
    int count = 200_000;
    for (int i = 0; i < count; i++) {
      double u = Noise.at(i, stepSeed);
      assertThat(u).isBetween(0.9e-4, 1 - 0.9e-4);
      sum += u;
      low += u < 0.1 ? 1 : 0;
    }
    assertThat(sum / count).isCloseTo(0.5, within(0.01));
    assertThat((double) low / count).isCloseTo(0.1, within(0.01));
  }

  @Test
  void gradientsAreThoseOfTheFormulasAndTheirSumsToo() {
    FloatArray dw = zeros();
    FloatArray da = zeros();
    GateKernels.Sums sums = new GateKernels.Sums();
    GateKernels.gradients(at(dw), at(da), sums, at(g), at(w), at(e), AT, N, stepSeed, ZG, LAMBDA);
    double dot = 0;
    double squaresW = 0;
    double squaresA = 0;
    for (int i = 0; i < N; i++) {
      double u = Noise.at(AT + i, stepSeed);
      double alpha = Math.log(e.get(i));
      double z = gate(u, alpha);
      dot += g.get(i) * w.get(i) * z;
      squaresW += dw.get(i) * dw.get(i);
      squaresA += da.get(i) * da.get(i);
      double h = 1e-5;
      double byAlpha =
          (objective(g.get(i), w.get(i), u, alpha + h)
                  - objective(g.get(i), w.get(i), u, alpha - h))
              / (2 * h);
      double byW =
          (objective(g.get(i), w.get(i) + h, u, alpha)
                  - objective(g.get(i), w.get(i) - h, u, alpha))
              / (2 * h);
      boolean atAKnee = Math.min(Math.abs(z), Math.abs(1 - z)) < 1e-4 && z > 0 && z < 1;
      if (!atAKnee) {
        assertThat((double) da.get(i)).isCloseTo(byAlpha, within(2e-6));
        assertThat((double) dw.get(i)).isCloseTo(byW, within(2e-6));
      }
    }
    assertThat(sums.dot()).isCloseTo(dot, within(1e-4));
    assertThat(sums.squaresW()).isCloseTo(squaresW, within(1e-3));
    assertThat(sums.squaresA()).isCloseTo(squaresA, within(1e-3));
    sums.clear();
    assertThat(sums.dot()).isZero();
  }

  @Test
  void thetaIsTheBasePlusWhatTheGatesLetThrough() {
    FloatArray theta = zeros();
    FloatArray theta0 = random(1);
    int open = GateKernels.theta(at(theta), at(theta0), at(w), at(e), AT, N, stepSeed, ZG);
    int expected = 0;
    for (int i = 0; i < N; i++) {
      double z = gate(Noise.at(AT + i, stepSeed), Math.log(e.get(i)));
      assertThat((double) theta.get(i)).isCloseTo(theta0.get(i) + w.get(i) * z * ZG, within(1e-6));
      expected += e.get(i) > 1 ? 1 : 0;
    }
    assertThat(open).isEqualTo(expected);
  }

  @Test
  void theGroupGatesGradientIsItsFiniteDifference() {
    GroupGate gate = new GroupGate();
    gate.drawNext(0.03);
    gate.promoteDrawnGate();
    double dot = 0.37;
    double h = 1e-6;
    double byAlpha = (groupObjective(5 + h, dot) - groupObjective(5 - h, dot)) / (2 * h);
    assertThat(gate.gradient(dot, LAMBDA)).isCloseTo(byAlpha, within(1e-6));
  }

  /** Zeros behind the last value: the kernels count whole vectors. */
  private FloatArray random(double scale) {
    FloatArray x = zeros();
    for (int i = 0; i < N; i++) {
      x.set(i, (float) (random.nextGaussian() * scale));
    }
    return x;
  }

  private FloatArray zeros() {
    return FloatArray.zeros(memory, Vectors.whole(N));
  }

  private static long at(FloatArray array) {
    return array.address(0, N);
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static double gate(double u, double alpha) {
    return Math.clamp(3 * sigmoid(Math.log(u / (1 - u)) + alpha) - 1.5, 0, 1);
  }

  private static double objective(double g, double w, double u, double alpha) {
    return g * w * gate(u, alpha) * ZG + LAMBDA * sigmoid(alpha);
  }

  private static double groupObjective(double alpha, double dot) {
    return dot * gate(0.03, alpha) + LAMBDA * sigmoid(alpha);
  }
}

package dev.diffstream.worker.learning.diffpruning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.learning.parameters.Slab;
import java.lang.foreign.Arena;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The fused pass against the formulas of the learning notes, value by value in double. */
class GatedStateTest {
  private static final double RATE_W = 0.01;
  private static final double RATE_A = 0.1;
  private static final float LAMBDA = 1e-3f;
  private static final String WORDS = "embeddings.word_embeddings.weight";

  private final Base base = TinyWorld.base();
  private final Arena memory = Arena.ofShared();
  private final long seed = new Random().nextInt(1 << 30);
  private final List<Slab> slabs = Slab.of(base.parameters(), Map.of(WORDS, new int[] {2, 3, 22}));

  private final int[] values =
      slabs.stream()
          .flatMapToInt(s -> java.util.stream.IntStream.range(s.state(), s.state() + s.length()))
          .toArray();

  GatedStateTest() {
    System.out.println("GatedStateTest seed " + seed);
  }

  @AfterEach
  void close() {
    base.close();
    memory.close();
  }

  @Test
  void everyStepIsThatOfTheFormulas() {
    Oracle oracle = new Oracle();
    try (GatedState state = new GatedState(base, slabs, 2, seed, true, memory)) {
      int steps = 8;
      for (int step = 1; step <= steps; step++) {
        List<FloatBuffer> gradients = gradients(step);
        // Brings the gates to where they are neither open nor shut.
        double shift = step == 4 ? -4.5 : 0;
        long open = state.advance(gradients, LAMBDA, RATE_W, RATE_A, shift);
        oracle.advance(gradients, shift);
        // A gate at 0 may fall to either side by rounding.
        assertThat(open).isBetween(oracle.above(1e-4), oracle.above(-1e-4));
        float[] theta = stateValues();
        for (int i : values) {
          assertClose(theta[i], oracle.theta(i), oracle, step, i);
        }
      }
      GatedState.Outcome outcome = state.finish();
      for (int i : values) {
        assertClose(outcome.changes().get(i), oracle.change(i), oracle, steps, i);
        assertClose(outcome.fallbackScore().get(i), oracle.promise(i), oracle, steps, i);
      }
      assertThat(oracle.atAKnee.cardinality()).isLessThan(100);
    }
  }

  @Test
  void withoutGroupGatesEveryTensorStaysOpen() {
    try (GatedState state = new GatedState(base, slabs, 1, seed, false, memory)) {
      float[] theta0 = stateValues();
      state.advance(gradients(1), LAMBDA, RATE_W, RATE_A, 0);
      state.advance(gradients(2), LAMBDA, RATE_W, RATE_A, 0);
      float[] theta = stateValues();
      float[] changes = state.finish().changes().toArray();
      int same = 0;
      for (int i : values) {
        same += Math.abs(theta[i] - theta0[i] - changes[i]) < 1e-6 ? 1 : 0;
      }
      // At alpha = 5 a gate is not fully open with probability 2.6 %, see the learning docs.
      assertThat((double) same / values.length).isBetween(0.95, 0.995);
      state.restore();
    }
  }

  private void assertClose(float actual, double expected, Oracle oracle, int step, int i) {
    if (Math.abs(actual - expected) > 1e-5 && !oracle.atAKnee.get(i)) {
      throw new AssertionError(
          "seed %d step %d value %d: %s, expected %s".formatted(seed, step, i, actual, expected));
    }
  }

  @Test
  void theBitsDoNotDependOnTheNumberOfThreads() {
    int[][] bits = new int[2][];
    float[][] changes = new float[2][];
    for (int threads = 1; threads <= 2; threads++) {
      try (GatedState state = new GatedState(base, slabs, threads, seed, true, memory)) {
        for (int step = 1; step <= 4; step++) {
          state.advance(gradients(step), LAMBDA, RATE_W, RATE_A, 0);
        }
        bits[threads - 1] = allBits();
        state.restore();
        changes[threads - 1] = state.finish().changes().toArray();
      }
    }
    assertThat(bits[1]).isEqualTo(bits[0]);
    assertThat(changes[1]).isEqualTo(changes[0]);
  }

  @Test
  void anotherSeedGivesOtherGates() {
    int[][] bits = new int[2][];
    for (int i = 0; i < 2; i++) {
      try (GatedState state = new GatedState(base, slabs, 1, seed + i, true, memory)) {
        state.advance(gradients(1), LAMBDA, RATE_W, RATE_A, 0);
        state.advance(gradients(2), LAMBDA, RATE_W, RATE_A, 0);
        bits[i] = allBits();
        state.restore();
      }
    }
    assertThat(bits[1]).isNotEqualTo(bits[0]);
  }

  @Test
  void restoreLeavesEveryBitAndRowsWithoutStateAreNeverTouched() {
    int[] before = allBits();
    try (GatedState state = new GatedState(base, slabs, 2, seed, true, memory)) {
      state.advance(gradients(1), LAMBDA, RATE_W, RATE_A, 0);
      assertThat(allBits()).isNotEqualTo(before);
      assertThat(untouchedWords()).isEqualTo(untouchedWords(before));
      state.restore();
    }
    assertThat(allBits()).isEqualTo(before);
    assertThat(base.currentDigest()).isEqualTo(base.digest());
  }

  @Test
  void shiftMovesEveryGateByTheSameAmount() {
    try (GatedState state = new GatedState(base, slabs, 2, seed, true, memory)) {
      state.advance(gradients(1), LAMBDA, RATE_W, RATE_A, 0);
      assertThat(state.alphaAbove(0)).isBetween(4.8, 5.3);
      assertThat(state.advance(gradients(2), LAMBDA, RATE_W, RATE_A, -12)).isZero();
      // alpha moves at most 0.1 a step, and the histogram is as coarse as 0.05.
      assertThat(state.alphaAbove(0)).isBetween(-7.3, -6.7);
      for (float change : state.finish().changes().toArray()) {
        assertThat(Math.abs(change)).isZero();
      }
      state.restore();
    }
  }

  /** Textbook Adam and the chain rule over the whole state; the noise is that of {@link Noise}. */
  private final class Oracle {
    private final int size = Slab.total(slabs);
    private final float[] theta0 = stateValues();
    private final double[] w = new double[size];
    private final double[] alpha = new double[size];
    private final double[][] adam = new double[4][size];
    private final double[] groupAlpha = new double[base.parameters().size()];
    private final double[] drawnAlpha = new double[groupAlpha.length];
    private final double[][] groupAdam = new double[2][groupAlpha.length];
    private double normW;
    private double normA;
    private int step;

    /** Values whose gate once stood where its slope jumps: rounding alone decides the side. */
    final BitSet atAKnee = new BitSet();

    Oracle() {
      java.util.Arrays.fill(alpha, -20);
      for (int i : values) {
        alpha[i] = 5;
      }
      java.util.Arrays.fill(groupAlpha, 5);
      java.util.Arrays.fill(drawnAlpha, 5);
    }

    /** Norms are those of the step before, and alpha_g acts one step late. */
    void advance(List<FloatBuffer> gradients, double shift) {
      double[] u = noise(step);
      double[] groupU = groupNoise(step);
      double[] dw = new double[size];
      double[] da = new double[size];
      double[] dg = new double[groupAlpha.length];
      for (Slab slab : slabs) {
        int p = slab.parameter();
        double zg = gate(groupU[p], drawnAlpha[p]);
        for (int k = 0; k < slab.length(); k++) {
          int i = slab.state() + k;
          double g = gradients.get(p).get(slab.offset() + k);
          double z = gate(u[i], alpha[i]);
          double open = 3 * stretched(u[i], alpha[i]) - 1.5;
          atAKnee.set(i, atAKnee.get(i) || Math.min(Math.abs(open), Math.abs(1 - open)) < 1e-4);
          dw[i] = g * z * zg;
          da[i] = g * w[i] * zg * slope(u[i], alpha[i]) + LAMBDA * slopeOfOpen(alpha[i]);
          dg[p] += g * w[i] * z;
        }
      }
      for (int p = 0; p < dg.length; p++) {
        dg[p] = dg[p] * slope(groupU[p], drawnAlpha[p]) + LAMBDA * slopeOfOpen(groupAlpha[p]);
      }
      double clipW = Math.min(1, 1 / ((step == 0 ? normOf(gradients) : normW) + 1e-6));
      double clipA = Math.min(1, 1 / ((step == 0 ? 0 : normA) + 1e-6));
      normW = norm(dw);
      normA = Math.hypot(norm(da), norm(dg));
      System.arraycopy(groupAlpha, 0, drawnAlpha, 0, groupAlpha.length);
      step++;
      for (int i = 0; i < size; i++) {
        w[i] -= RATE_W * adam(adam[0], adam[1], i, clipW * dw[i]);
        alpha[i] += shift - RATE_A * adam(adam[2], adam[3], i, clipA * da[i]);
      }
      for (int p = 0; p < dg.length; p++) {
        groupAlpha[p] -= RATE_A * adam(groupAdam[0], groupAdam[1], p, clipA * dg[p]);
      }
    }

    private double adam(double[] mean, double[] square, int i, double g) {
      mean[i] = 0.9 * mean[i] + 0.1 * g;
      square[i] = 0.999 * square[i] + 0.001 * g * g;
      double v = square[i] / (1 - Math.pow(0.999, step));
      return mean[i] / (1 - Math.pow(0.9, step)) / (Math.sqrt(v) + 1e-8);
    }

    private double normOf(List<FloatBuffer> gradients) {
      double squares = 0;
      for (Slab slab : slabs) {
        for (int i = slab.offset(); i < slab.offset() + slab.length(); i++) {
          squares += Math.pow(gradients.get(slab.parameter()).get(i), 2);
        }
      }
      return Math.sqrt(squares);
    }

    double theta(int i) {
      int p = parameterOf(i);
      double zg = gate(groupNoise(step)[p], drawnAlpha[p]);
      return theta0[i] + w[i] * gate(noise(step)[i], alpha[i]) * zg;
    }

    double change(int i) {
      return w[i] * still(alpha[i]) * still(groupAlpha[parameterOf(i)]);
    }

    double promise(int i) {
      return Math.abs(w[i]) * sigmoid(alpha[i]);
    }

    long above(double least) {
      return java.util.Arrays.stream(alpha).filter(a -> a > least).count();
    }

    private int parameterOf(int i) {
      return slabs.stream()
          .filter(slab -> i < slab.state() + slab.length())
          .findFirst()
          .orElseThrow()
          .parameter();
    }

    private int cachedStep = -1;
    private double[] cached = new double[0];

    private double[] noise(int ofStep) {
      if (cachedStep != ofStep) {
        int stepSeed = new SplittableRandom(seed * 31 + ofStep).nextInt();
        cached = new double[size];
        for (int i = 0; i < size; i++) {
          cached[i] = Noise.at(i, stepSeed);
        }
        cachedStep = ofStep;
      }
      return cached;
    }

    private double[] groupNoise(int ofStep) {
      SplittableRandom random = new SplittableRandom(seed * 37 + ofStep);
      return base.parameters().stream()
          .mapToDouble(p -> random.nextDouble(1e-4, 1 - 1e-4))
          .toArray();
    }
  }

  private static double norm(double[] x) {
    double squares = 0;
    for (double value : x) {
      squares += value * value;
    }
    return Math.sqrt(squares);
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static double slopeOfOpen(double alpha) {
    return sigmoid(alpha) * (1 - sigmoid(alpha));
  }

  private static double still(double alpha) {
    return Math.clamp(3 * sigmoid(alpha) - 1.5, 0, 1);
  }

  private static double stretched(double u, double alpha) {
    return sigmoid(Math.log(u) - Math.log(1 - u) + alpha);
  }

  private static double gate(double u, double alpha) {
    return Math.clamp(3 * stretched(u, alpha) - 1.5, 0, 1);
  }

  private static double slope(double u, double alpha) {
    double z = gate(u, alpha);
    double s = stretched(u, alpha);
    return z > 0 && z < 1 ? 3 * s * (1 - s) : 0;
  }

  /** Large and small in turn, so that the norm clips act and are seen to. */
  private List<FloatBuffer> gradients(int step) {
    Random random = new Random(seed + step);
    double scale = step % 3 == 2 ? 30 : step % 3 == 1 ? 0.1 : 1e-3;
    List<FloatBuffer> gradients = new ArrayList<>();
    for (Parameter parameter : base.parameters()) {
      float[] g = new float[parameter.size()];
      for (int i = 0; i < g.length; i++) {
        g[i] = (float) (random.nextGaussian() * scale);
      }
      gradients.add(FloatBuffer.wrap(g));
    }
    return gradients;
  }

  private float[] stateValues() {
    float[] values = new float[Slab.total(slabs)];
    for (Slab slab : slabs) {
      base.parameters()
          .get(slab.parameter())
          .values()
          .get(slab.offset(), values, slab.state(), slab.length());
    }
    return values;
  }

  private int[] allBits() {
    return base.parameters().stream()
        .flatMapToInt(
            p ->
                java.util.stream.IntStream.range(0, p.size())
                    .map(i -> Float.floatToRawIntBits(p.values().get(i))))
        .toArray();
  }

  private int[] untouchedWords() {
    return untouchedWords(allBits());
  }

  private int[] untouchedWords(int[] bits) {
    int from = 0;
    for (Parameter parameter : base.parameters()) {
      if (parameter.name().equals(WORDS)) {
        int width = parameter.shape().get(1);
        return java.util.Arrays.copyOfRange(bits, from + 4 * width, from + 22 * width);
      }
      from += parameter.size();
    }
    throw new AssertionError("no " + WORDS);
  }
}

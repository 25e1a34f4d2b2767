package dev.diffstream.worker.learning.diffpruning;

import dev.diffstream.worker.learning.parameters.Vectors;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The arithmetic of stage 1 over one block of values, in vector instructions. Blocks are given by
 * the address of their first value, see {@link Vectors}.
 *
 * <p>theta = theta0 + w z z_g with the hard-concrete gate z of Louizos, Welling, Kingma 2018 in the
 * parameters of Guo, Rush, Kim 2020:
 *
 * <pre>
 * u ~ U(1e-4, 1 - 1e-4)     s = sigmoid(log u - log(1 - u) + alpha)     z = clamp(3 s - 1.5, 0, 1)
 * </pre>
 *
 * The state is E = exp(alpha), so that s = u E / (1 - u + u E) needs no logarithm. The noise u is a
 * hash of (index, step, seed): it is computed again where it is needed, not stored. With g =
 * dL/dtheta the gradients are, in closed form,
 *
 * <pre>
 * dw      = g z z_g
 * dalpha  = g w z_g dz/dalpha + lambda sigmoid'(alpha)      dz/dalpha = 3 s (1 - s) where 0 < z < 1, else 0
 * dalphaG = sum(g w z) dz_g/dalphaG + lambda sigmoid'(alphaG)
 * </pre>
 */
final class GateKernels {
  static final float MIN_E = 2e-9f;
  static final float MAX_E = 5e8f;
  static final float MIN_U = 1e-4f;
  static final int GOLDEN = 0x9E3779B1;
  private static final VectorSpecies<Float> FLOATS = Vectors.FLOATS;
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final int LANES = FLOATS.length();
  private static final int VECTOR_BYTES = LANES * Float.BYTES;
  private static final MemorySegment MEMORY = Vectors.MEMORY;
  private static final ByteOrder ORDER = Vectors.ORDER;
  private static final IntVector COUNT = IntVector.zero(INTS).addIndex(1);

  private GateKernels() {}

  /** What makes the noise of a step another one. */
  static int stepSeed(long seed, long step) {
    return new SplittableRandom(seed * 31 + step).nextInt();
  }

  /** Sums over the values of a slab: {@code g w z}, {@code dw^2}, {@code dalpha^2}. */
  static final class Sums {
    private final float[] dot = new float[Vectors.WIDEST];
    private final float[] squaresW = new float[Vectors.WIDEST];
    private final float[] squaresA = new float[Vectors.WIDEST];

    void clear() {
      java.util.Arrays.fill(dot, 0);
      java.util.Arrays.fill(squaresW, 0);
      java.util.Arrays.fill(squaresA, 0);
    }

    double dot() {
      return sum(dot);
    }

    double squaresW() {
      return sum(squaresW);
    }

    double squaresA() {
      return sum(squaresA);
    }

    private static double sum(float[] lanes) {
      double sum = 0;
      for (float lane : lanes) {
        sum += lane;
      }
      return sum;
    }
  }

  /**
   * The gradients of one block's w and alpha.
   *
   * @param dw written, {@code g z zg}
   * @param da written, {@code g w zg dz/dalpha + lambda E / (1 + E)^2}
   * @param sums added to
   * @param g dL/dtheta
   * @param at state index of the block's first value
   */
  static void gradients(
      long dw,
      long da,
      Sums sums,
      long g,
      long w,
      long e,
      int at,
      int n,
      int stepSeed,
      float zg,
      float lambda) {
    FloatVector one = FloatVector.broadcast(FLOATS, 1f);
    FloatVector dot = FloatVector.fromArray(FLOATS, sums.dot, 0);
    FloatVector squaresW = FloatVector.fromArray(FLOATS, sums.squaresW, 0);
    FloatVector squaresA = FloatVector.fromArray(FLOATS, sums.squaresA, 0);
    IntVector id = COUNT.add(at).mul(GOLDEN).add(stepSeed);
    long bytes = (long) n * Float.BYTES;
    for (long i = 0; i < bytes; i += VECTOR_BYTES) {
      FloatVector gi = FloatVector.fromMemorySegment(FLOATS, MEMORY, g + i, ORDER);
      FloatVector ei = FloatVector.fromMemorySegment(FLOATS, MEMORY, e + i, ORDER);
      FloatVector u = noise(id);
      id = id.add(LANES * GOLDEN);
      FloatVector q = u.mul(ei);
      FloatVector d = one.sub(u).add(q);
      FloatVector e1 = ei.add(1f);
      FloatVector e2 = e1.mul(e1);
      // One division for both 1 / d and 1 / e2.
      FloatVector r = one.div(d.mul(e2));
      FloatVector s = q.mul(e2).mul(r);
      FloatVector stretched = s.mul(3f).sub(1.5f);
      FloatVector z = stretched.max(0f).min(1f);
      FloatVector gw = gi.mul(FloatVector.fromMemorySegment(FLOATS, MEMORY, w + i, ORDER));
      dot = gw.fma(z, dot);
      FloatVector dwi = gi.mul(z).mul(zg);
      dwi.intoMemorySegment(MEMORY, dw + i, ORDER);
      squaresW = dwi.fma(dwi, squaresW);
      FloatVector penalty = ei.mul(d).mul(r).mul(lambda);
      FloatVector slope = gw.mul(zg * 3f).mul(s).mul(one.sub(s));
      FloatVector dai = penalty.add(slope, z.compare(VectorOperators.EQ, stretched));
      dai.intoMemorySegment(MEMORY, da + i, ORDER);
      squaresA = dai.fma(dai, squaresA);
    }
    dot.intoArray(sums.dot, 0);
    squaresW.intoArray(sums.squaresW, 0);
    squaresA.intoArray(sums.squaresA, 0);
  }

  /**
   * {@code theta = theta0 + w z zg}.
   *
   * @param theta written
   * @param at state index of the block's first value
   * @return the number of gates that stand open on average: alpha &gt; 0, that is E &gt; 1
   */
  static int theta(long theta, long theta0, long w, long e, int at, int n, int stepSeed, float zg) {
    FloatVector one = FloatVector.broadcast(FLOATS, 1f);
    IntVector id = COUNT.add(at).mul(GOLDEN).add(stepSeed);
    int open = 0;
    long bytes = (long) n * Float.BYTES;
    for (long i = 0; i < bytes; i += VECTOR_BYTES) {
      FloatVector ei = FloatVector.fromMemorySegment(FLOATS, MEMORY, e + i, ORDER);
      FloatVector u = noise(id);
      id = id.add(LANES * GOLDEN);
      FloatVector q = u.mul(ei);
      FloatVector z = q.div(one.sub(u).add(q)).mul(3f).sub(1.5f).max(0f).min(1f);
      FloatVector change =
          FloatVector.fromMemorySegment(FLOATS, MEMORY, w + i, ORDER).mul(z).mul(zg);
      FloatVector.fromMemorySegment(FLOATS, MEMORY, theta0 + i, ORDER)
          .add(change)
          .intoMemorySegment(MEMORY, theta + i, ORDER);
      open += ei.compare(VectorOperators.GT, 1f).trueCount();
    }
    return open;
  }

  /**
   * Uniform on 2^23 points, cut to [1e-4, 1 - 1e-4]; a 32-bit hash of {@code index * GOLDEN +
   * stepSeed} (the finaliser "lowbias32" of C. Wellons).
   */
  private static FloatVector noise(IntVector id) {
    IntVector x = id;
    x = x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 16)).mul(0x7feb352d);
    x = x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 15)).mul(0x846ca68b);
    x = x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 16));
    FloatVector points =
        (FloatVector) x.lanewise(VectorOperators.LSHR, 9).convert(VectorOperators.I2F, 0);
    return points.add(0.5f).mul(0x1p-23f).max(MIN_U).min(1 - MIN_U);
  }
}

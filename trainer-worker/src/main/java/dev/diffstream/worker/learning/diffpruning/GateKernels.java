package dev.diffstream.worker.learning.diffpruning;

/**
 * The arithmetic of stage 1 over one block of values, as loops that the JIT compiler turns into
 * vector instructions: no calls, no branches.
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
  static final int BLOCK = 1024;
  static final float BETA1 = 0.9f;
  static final float BETA2 = 0.999f;
  static final float EPSILON = 1e-8f;
  static final float LOWEST_E = 2e-9f;
  static final float HIGHEST_E = 5e8f;
  private static final float LEAST_U = 1e-4f;
  private static final int GOLDEN = 0x9E3779B1;
  private static final int[] MULTIPLES = multiples();

  private GateKernels() {}

  private static int[] multiples() {
    int[] multiples = new int[BLOCK];
    for (int i = 0; i < BLOCK; i++) {
      multiples[i] = i * GOLDEN;
    }
    return multiples;
  }

  /**
   * The noise of {@code n} consecutive indices from {@code index}: uniform on 2^23 points, cut to
   * [1e-4, 1 - 1e-4]. The products of the loop's own counter come from a table: computed in the
   * loop they keep it from becoming vector instructions.
   */
  static void noise(float[] u, int n, int index, int stepSeed) {
    int first = index * GOLDEN + stepSeed;
    for (int i = 0; i < n; i++) {
      int x = MULTIPLES[i] + first;
      x = (x ^ (x >>> 16)) * 0x7feb352d;
      x = (x ^ (x >>> 15)) * 0x846ca68b;
      x = x ^ (x >>> 16);
      u[i] = Math.min(1 - LEAST_U, Math.max(LEAST_U, ((x >>> 9) + 0.5f) * 0x1p-23f));
    }
  }

  /** z and 3 s (1 - s) where the gate is neither shut nor fully open. */
  static void gates(float[] z, float[] slope, float[] u, float[] e, int n) {
    for (int i = 0; i < n; i++) {
      float q = u[i] * e[i];
      float s = q / (1 - u[i] + q);
      float open = Math.min(1, Math.max(0, 3 * s - 1.5f));
      float inside = Math.min(1, open * (1 - open) * 1e30f);
      z[i] = open;
      slope[i] = 3 * s * (1 - s) * inside;
    }
  }

  /** {@code dw = g z zg}, {@code da = g w zg slope + lambda E / (1 + E)^2}. */
  static void gradients(
      float[] dw,
      float[] da,
      float[] g,
      float[] w,
      float[] e,
      float[] z,
      float[] slope,
      float zg,
      float lambda,
      int n) {
    for (int i = 0; i < n; i++) {
      float scaled = g[i] * zg;
      float e1 = 1 + e[i];
      dw[i] = scaled * z[i];
      da[i] = scaled * w[i] * slope[i] + lambda * e[i] / (e1 * e1);
    }
  }

  /**
   * Adds {@code g w z} into lanes. A sum in one variable must keep its order and cannot be turned
   * into vector instructions; one sum per lane can.
   */
  static void addProducts(float[] lanes, float[] g, float[] w, float[] z, int n) {
    for (int i = 0; i < n; i++) {
      lanes[i] += g[i] * w[i] * z[i];
    }
  }

  /** Adds squares into lanes. */
  static void addSquares(float[] lanes, float[] x, int n) {
    for (int i = 0; i < n; i++) {
      lanes[i] += x[i] * x[i];
    }
  }

  static double sum(float[] lanes) {
    double sum = 0;
    for (float lane : lanes) {
      sum += lane;
    }
    return sum;
  }

  /**
   * Adam (Kingma, Ba 2014) on the gradient {@code clip * d}; {@code step[i]} becomes what is to be
   * subtracted. Two loops: one with all of it is not turned into vector instructions and takes ten
   * times as long.
   *
   * @param rate already divided by the first moment's bias correction
   * @param correction2 1 / sqrt of the second moment's bias correction
   */
  static void adam(
      float[] step,
      float[] d,
      float[] m,
      float[] v,
      float clip,
      float rate,
      float correction2,
      int n) {
    moments(d, m, v, clip, n);
    steps(step, m, v, rate, correction2, n);
  }

  private static void steps(
      float[] step, float[] m, float[] v, float rate, float correction2, int n) {
    for (int i = 0; i < n; i++) {
      step[i] = rate * m[i] / ((float) Math.sqrt(v[i]) * correction2 + EPSILON);
    }
  }

  private static void moments(float[] d, float[] m, float[] v, float clip, int n) {
    for (int i = 0; i < n; i++) {
      float x = clip * d[i];
      m[i] = BETA1 * m[i] + (1 - BETA1) * x;
      v[i] = BETA2 * v[i] + (1 - BETA2) * x * x;
    }
  }

  static void subtract(float[] w, float[] step, int n) {
    for (int i = 0; i < n; i++) {
      w[i] -= step[i];
    }
  }

  /**
   * {@code E *= exp(-step)} by the Taylor polynomial of degree 4: a step of Adam at rate 0.1 is at
   * most 0.32, the error then 3e-5.
   */
  static void decay(float[] e, float[] step, int n) {
    for (int i = 0; i < n; i++) {
      float x = step[i];
      float factor = 1 + x * (-1 + x * (0.5f + x * (-1 / 6f + x * (1 / 24f))));
      e[i] = Math.min(HIGHEST_E, Math.max(LOWEST_E, e[i] * factor));
    }
  }

  /** {@code theta = theta0 + w z zg}. */
  static void theta(float[] theta, float[] theta0, float[] w, float[] z, float zg, int n) {
    for (int i = 0; i < n; i++) {
      theta[i] = theta0[i] + w[i] * z[i] * zg;
    }
  }

  /** Gates that stand open on average: alpha > 0, that is E > 1. */
  static int open(float[] e, int n) {
    int open = 0;
    for (int i = 0; i < n; i++) {
      open += (0x3F800000 - Float.floatToRawIntBits(e[i])) >>> 31;
    }
    return open;
  }
}

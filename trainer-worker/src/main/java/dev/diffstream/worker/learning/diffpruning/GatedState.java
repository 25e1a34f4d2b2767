package dev.diffstream.worker.learning.diffpruning;

import dev.diffstream.base.Base;
import dev.diffstream.base.Parameter;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The state of stage 1: w, E = exp(alpha) and both Adams for every value that has state, and one
 * group gate per parameter. Values without state (embedding rows that the data never touches) keep
 * w = 0, so their diff is zero whatever their gate.
 *
 * <p>Writes theta into the base's own memory. Used by the learning thread; {@link Workers} share
 * the loops.
 */
final class GatedState {
  private static final double CLIP = 1.0;

  private final List<Parameter> parameters;
  private final List<Slab> slabs;
  private final Workers workers;
  private final long seed;
  private final float[] theta0;
  private final float[] w;
  private final float[] e;
  private final float[] meanW;
  private final float[] squareW;
  private final float[] meanA;
  private final float[] squareA;
  private final GroupGate[] groups;
  private long step;

  GatedState(Base base, List<Slab> slabs, Workers workers, long seed) {
    this.parameters = base.parameters();
    this.slabs = slabs;
    this.workers = workers;
    this.seed = seed;
    int size = Slab.total(slabs);
    theta0 = new float[size];
    w = new float[size];
    e = new float[size];
    meanW = new float[size];
    squareW = new float[size];
    meanA = new float[size];
    squareA = new float[size];
    Arrays.fill(e, (float) Math.exp(5));
    for (Slab slab : slabs) {
      parameters
          .get(slab.parameter())
          .values()
          .get(slab.offset(), theta0, slab.state(), slab.length());
    }
    groups = new GroupGate[parameters.size()];
    Arrays.setAll(groups, i -> new GroupGate());
    drawGroups();
  }

  /** What one step found: the gates that are open on average, over all slabs. */
  record Sums(double[] dots, double normW, double normA) {}

  /**
   * One step: gradients by the chain rule, norm clips, both Adams, the gates of the next step,
   * theta.
   *
   * @param gradients dL/dtheta by parameter
   * @return the number of values whose gate is open (alpha &gt; 0)
   */
  long advance(List<FloatBuffer> gradients, float lambda, double rateW, double rateA) {
    Sums sums = sums(gradients, lambda);
    float clipW = (float) Math.min(1, CLIP / (sums.normW() + 1e-6));
    float clipA = (float) Math.min(1, CLIP / (sums.normA() + 1e-6));
    float[] zg = new float[groups.length];
    step++;
    for (int p = 0; p < groups.length; p++) {
      zg[p] = groups[p].z();
      groups[p].update(clipA * groups[p].gradient(sums.dots()[p], lambda), rateA, step);
    }
    drawGroups();
    float correctedW = (float) (rateW / (1 - Math.pow(GateKernels.BETA1, step)));
    float correctedA = (float) (rateA / (1 - Math.pow(GateKernels.BETA1, step)));
    float correction2 = (float) (1 / Math.sqrt(1 - Math.pow(GateKernels.BETA2, step)));
    int[] open = new int[slabs.size()];
    workers.each(
        slabs.size(),
        i -> {
          Slab slab = slabs.get(i);
          Block block = new Block();
          for (int at = 0; at < slab.length(); at += GateKernels.BLOCK) {
            block.load(slab, at, gradients, zg[slab.parameter()], lambda, step - 1);
            block.update(clipW, clipA, correctedW, correctedA, correction2);
            open[i] += block.store(slab, at, groups[slab.parameter()].z(), step);
          }
        });
    return Arrays.stream(open).asLongStream().sum();
  }

  private Sums sums(List<FloatBuffer> gradients, float lambda) {
    double[][] parts = new double[slabs.size()][];
    workers.each(
        slabs.size(),
        i -> {
          Slab slab = slabs.get(i);
          Block block = new Block();
          float[][] lanes = new float[3][GateKernels.BLOCK];
          for (int at = 0; at < slab.length(); at += GateKernels.BLOCK) {
            block.load(slab, at, gradients, groups[slab.parameter()].z(), lambda, step);
            GateKernels.addProducts(lanes[0], block.g, block.w, block.z, block.n);
            GateKernels.addSquares(lanes[1], block.dw, block.n);
            GateKernels.addSquares(lanes[2], block.da, block.n);
          }
          parts[i] =
              new double[] {
                GateKernels.sum(lanes[0]), GateKernels.sum(lanes[1]), GateKernels.sum(lanes[2])
              };
        });
    double[] dots = new double[groups.length];
    double squaresW = 0;
    double squaresA = 0;
    for (int i = 0; i < parts.length; i++) {
      dots[slabs.get(i).parameter()] += parts[i][0];
      squaresW += parts[i][1];
      squaresA += parts[i][2];
    }
    for (int p = 0; p < groups.length; p++) {
      double dalpha = groups[p].gradient(dots[p], lambda);
      squaresA += dalpha * dalpha;
    }
    return new Sums(dots, Math.sqrt(squaresW), Math.sqrt(squaresA));
  }

  /** A block of the state, in arrays small enough for the first-level cache. */
  private final class Block {
    final float[] g = new float[GateKernels.BLOCK];
    final float[] w = new float[GateKernels.BLOCK];
    final float[] e = new float[GateKernels.BLOCK];
    final float[] u = new float[GateKernels.BLOCK];
    final float[] z = new float[GateKernels.BLOCK];
    final float[] slope = new float[GateKernels.BLOCK];
    final float[] dw = new float[GateKernels.BLOCK];
    final float[] da = new float[GateKernels.BLOCK];
    final float[] m = new float[GateKernels.BLOCK];
    final float[] v = new float[GateKernels.BLOCK];
    final float[] change = new float[GateKernels.BLOCK];
    int n;
    int at;

    void load(
        Slab slab, int from, List<FloatBuffer> gradients, float zg, float lambda, long noiseStep) {
      n = Math.min(GateKernels.BLOCK, slab.length() - from);
      at = slab.state() + from;
      gradients.get(slab.parameter()).get(slab.offset() + from, g, 0, n);
      System.arraycopy(GatedState.this.w, at, w, 0, n);
      System.arraycopy(GatedState.this.e, at, e, 0, n);
      GateKernels.noise(u, n, at, stepSeed(noiseStep));
      GateKernels.gates(z, slope, u, e, n);
      GateKernels.gradients(dw, da, g, w, e, z, slope, zg, lambda, n);
    }

    void update(float clipW, float clipA, float rateW, float rateA, float correction2) {
      adam(dw, meanW, squareW, clipW, rateW, correction2);
      GateKernels.subtract(w, change, n);
      adam(da, meanA, squareA, clipA, rateA, correction2);
      GateKernels.decay(e, change, n);
    }

    private void adam(
        float[] d, float[] means, float[] squares, float clip, float rate, float correction2) {
      System.arraycopy(means, at, m, 0, n);
      System.arraycopy(squares, at, v, 0, n);
      GateKernels.adam(change, d, m, v, clip, rate, correction2, n);
      System.arraycopy(m, 0, means, at, n);
      System.arraycopy(v, 0, squares, at, n);
    }

    /** Keeps the block and writes theta for the next step; returns its open gates. */
    int store(Slab slab, int from, float zg, long noiseStep) {
      System.arraycopy(w, 0, GatedState.this.w, at, n);
      System.arraycopy(e, 0, GatedState.this.e, at, n);
      GateKernels.noise(u, n, at, stepSeed(noiseStep));
      GateKernels.gates(z, slope, u, e, n);
      System.arraycopy(theta0, at, g, 0, n);
      GateKernels.theta(change, g, w, z, zg, n);
      parameters.get(slab.parameter()).values().put(slab.offset() + from, change, 0, n);
      return GateKernels.open(e, n);
    }
  }

  /** Multiplies every E by {@code factor}: all gates move by the same amount, their order stays. */
  void shift(double alpha) {
    float factor = (float) Math.exp(alpha);
    workers.each(
        slabs.size(),
        i -> {
          Slab slab = slabs.get(i);
          for (int k = slab.state(); k < slab.state() + slab.length(); k++) {
            e[k] = Math.clamp(e[k] * factor, GateKernels.LOWEST_E, GateKernels.HIGHEST_E);
          }
        });
  }

  /** The alpha above which {@code count} gates stand. */
  double alphaAbove(long count) {
    int[] histogram = new int[1 << 12];
    for (float value : e) {
      histogram[bucket(value)]++;
    }
    long above = 0;
    int bucket = histogram.length - 1;
    while (bucket > 0 && above + histogram[bucket] <= count) {
      above += histogram[bucket--];
    }
    return 20.0 * (2.0 * (bucket + 1) / histogram.length - 1);
  }

  private static int bucket(float e) {
    return (int) Math.clamp((Math.log(e) / 20 + 1) / 2 * (1 << 12), 0, (1 << 12) - 1);
  }

  /** The changes w z z_g without noise, by state index. */
  float[] changes() {
    float[] changes = new float[w.length];
    for (Slab slab : slabs) {
      float zg = groups[slab.parameter()].still();
      for (int k = slab.state(); k < slab.state() + slab.length(); k++) {
        changes[k] = w[k] * still(e[k]) * zg;
      }
    }
    return changes;
  }

  /**
   * {@code |w| P(z > 0)} by state index: the order in which shut positions are taken when too few
   * are open.
   */
  float[] promise() {
    float[] promise = new float[w.length];
    for (int k = 0; k < w.length; k++) {
      promise[k] = Math.abs(w[k]) * e[k] / (1 + e[k]);
    }
    return promise;
  }

  /** Writes the untouched values back, bit for bit. */
  void restore() {
    for (Slab slab : slabs) {
      parameters
          .get(slab.parameter())
          .values()
          .put(slab.offset(), theta0, slab.state(), slab.length());
    }
  }

  private static float still(float e) {
    return Math.clamp(3 * e / (1 + e) - 1.5f, 0f, 1f);
  }

  private int stepSeed(long ofStep) {
    return (int) new SplittableRandom(seed * 31 + ofStep).nextInt();
  }

  private void drawGroups() {
    SplittableRandom random = new SplittableRandom(seed * 37 + step);
    for (GroupGate group : groups) {
      group.draw(random.nextDouble(1e-4, 1 - 1e-4));
    }
  }
}

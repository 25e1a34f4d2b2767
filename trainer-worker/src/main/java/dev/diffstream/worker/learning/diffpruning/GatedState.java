package dev.diffstream.worker.learning.diffpruning;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.checkpoint.StateWriter;
import dev.diffstream.worker.learning.parameters.Slab;
import dev.diffstream.worker.learning.parameters.Vectors;
import dev.diffstream.worker.learning.parameters.Vectors.AdamStep;
import dev.diffstream.worker.learning.parameters.Workers;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * {@link Gates} in host memory. A step is one pass over the state. What needs a sum over all of it
 * before the pass, the norms of both gradients, is taken from the step before; the first step's is
 * the norm of dL/dtheta, since all gates stand open then. Why that does no harm:
 * docs/decisions/0011.
 *
 * <p>Writes theta into the base's own memory. Used by the learning thread; {@link Workers} share
 * the loop.
 */
public final class GatedState implements Gates {
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
  private final GroupGates groups;
  private final SlabSums sums;
  private final Scratch[] scratch;
  private double normW = Double.NaN;
  private double normA;
  private long step;

  private static final class Scratch {
    final float[] g = new float[Vectors.BLOCK];
    final float[] dw = new float[Vectors.BLOCK];
    final float[] da = new float[Vectors.BLOCK];
    final GateKernels.Sums sums = new GateKernels.Sums();
  }

  @SuppressWarnings("ArrayRecordComponent") // written by every step
  private record SlabSums(double[] dot, double[] squaresW, double[] squaresA, int[] open) {
    SlabSums(int slabs) {
      this(new double[slabs], new double[slabs], new double[slabs], new int[slabs]);
    }
  }

  /** What is the same for all values in one step. */
  private record Pass(
      AdamStep adamW, AdamStep adamA, float lambda, float factor, int seed, int nextSeed) {}

  /**
   * @param threads that share the loop
   * @param structured whether each parameter has a gate of its own too
   */
  public GatedState(Base base, List<Slab> slabs, int threads, long seed, boolean structured) {
    this.parameters = base.parameters();
    this.slabs = slabs;
    this.workers = new Workers(threads);
    this.seed = seed;
    int size = Slab.total(slabs);
    theta0 = Slab.copy(slabs, parameters);
    w = new float[size];
    e = new float[size];
    meanW = new float[size];
    squareW = new float[size];
    meanA = new float[size];
    squareA = new float[size];
    sums = new SlabSums(slabs.size());
    scratch = new Scratch[workers.threads()];
    Arrays.setAll(scratch, i -> new Scratch());
    // Between the slabs the gates are shut.
    Arrays.fill(e, GateKernels.MIN_E);
    for (Slab slab : slabs) {
      Arrays.fill(e, slab.state(), slab.state() + slab.length(), (float) Math.exp(5));
    }
    groups = new GroupGates(parameters.size(), structured, seed);
  }

  @Override
  public long advance(Gradients gradients, float lambda, double rateW, double rateA, double shift) {
    return advance(gradients.parameters(), lambda, rateW, rateA, shift);
  }

  /**
   * @param gradients dL/dtheta by parameter
   */
  long advance(
      List<FloatBuffer> gradients, float lambda, double rateW, double rateA, double shift) {
    if (step == 0) {
      normW = Slab.norm(slabs, gradients);
    }
    groups.draw(step + 1);
    double clipA = AdamStep.clip(normA);
    Pass pass =
        new Pass(
            AdamStep.of(AdamStep.clip(normW), rateW, step + 1),
            AdamStep.of(clipA, rateA, step + 1),
            lambda,
            (float) Math.exp(shift),
            stepSeed(step),
            stepSeed(step + 1));
    workers.each(slabs.size(), (thread, i) -> advance(pass, i, gradients, scratch[thread]));
    step++;
    double squaresOfGroups = groups.advance(dots(), lambda, clipA, rateA, step);
    normW = Math.sqrt(Arrays.stream(sums.squaresW).sum());
    normA = Math.sqrt(Arrays.stream(sums.squaresA).sum() + squaresOfGroups);
    return Arrays.stream(sums.open).asLongStream().sum();
  }

  private void advance(Pass pass, int index, List<FloatBuffer> gradients, Scratch block) {
    Slab slab = slabs.get(index);
    GroupGate group = groups.get(slab.parameter());
    FloatBuffer gradient = gradients.get(slab.parameter());
    FloatBuffer theta = parameters.get(slab.parameter()).values();
    block.sums.clear();
    int open = 0;
    for (int from = 0; from < slab.length(); from += Vectors.BLOCK) {
      int n = slab.read(gradient, from, block.g);
      int at = slab.state() + from;
      GateKernels.gradients(
          block.dw, block.da, block.sums, block.g, w, e, at, n, pass.seed, group.z(), pass.lambda);
      Vectors.adam(pass.adamW, block.dw, w, at, meanW, squareW, at, n);
      Vectors.adamOfLogarithm(
          pass.adamA,
          block.da,
          e,
          meanA,
          squareA,
          at,
          n,
          pass.factor,
          GateKernels.MIN_E,
          GateKernels.MAX_E);
      open += GateKernels.theta(block.g, theta0, w, e, at, n, pass.nextSeed, group.nextZ());
      theta.put(slab.offset() + from, block.g, 0, n);
    }
    sums.dot[index] = block.sums.dot();
    sums.squaresW[index] = block.sums.squaresW();
    sums.squaresA[index] = block.sums.squaresA();
    sums.open[index] = open;
  }

  private double[] dots() {
    double[] dots = new double[groups.size()];
    for (int i = 0; i < slabs.size(); i++) {
      dots[slabs.get(i).parameter()] += sums.dot[i];
    }
    return dots;
  }

  @Override
  public double alphaAbove(long count) {
    int stride = GateSample.stride(e.length);
    int[] histogram = new int[GateSample.BUCKETS];
    for (int from = 0; from < e.length; from += stride * Vectors.WIDEST) {
      for (int i = from; i < Math.min(e.length, from + Vectors.WIDEST); i++) {
        histogram[GateSample.bucket(e[i])]++;
      }
    }
    return GateSample.alphaAbove(histogram, stride, count);
  }

  @Override
  public Outcome finish() {
    workers.each(
        slabs.size(),
        (thread, i) -> {
          Slab slab = slabs.get(i);
          Outcome.write(
              slab, w, e, groups.get(slab.parameter()).deterministicGate(), meanW, squareW);
        });
    return new Outcome(meanW, squareW);
  }

  @Override
  public void save(StateWriter out) {
    out.doubles("gated", step, normW, normA);
    groups.save(out);
    out.floats("w", w);
    out.floats("e", e);
    out.floats("w.mean", meanW);
    out.floats("w.square", squareW);
    out.floats("e.mean", meanA);
    out.floats("e.square", squareA);
  }

  @Override
  public void load(StateReader in) {
    double[] values = in.doubles("gated", 3);
    step = (long) values[0];
    normW = values[1];
    normA = values[2];
    groups.load(in);
    in.floats("w", w);
    in.floats("e", e);
    in.floats("w.mean", meanW);
    in.floats("w.square", squareW);
    in.floats("e.mean", meanA);
    in.floats("e.square", squareA);
    int stepSeed = stepSeed(step);
    workers.each(slabs.size(), (thread, i) -> writeTheta(slabs.get(i), stepSeed, scratch[thread]));
  }

  private void writeTheta(Slab slab, int stepSeed, Scratch block) {
    FloatBuffer theta = parameters.get(slab.parameter()).values();
    float zg = groups.get(slab.parameter()).z();
    for (int from = 0; from < slab.length(); from += Vectors.BLOCK) {
      int n = Math.min(Vectors.BLOCK, slab.length() - from);
      GateKernels.theta(block.g, theta0, w, e, slab.state() + from, n, stepSeed, zg);
      theta.put(slab.offset() + from, block.g, 0, n);
    }
  }

  @Override
  public void restore() {
    Slab.write(slabs, theta0, parameters);
  }

  @Override
  public void close() {
    workers.close();
  }

  private int stepSeed(long ofStep) {
    return GateKernels.stepSeed(seed, ofStep);
  }
}

package dev.diffstream.worker.learning.diffpruning;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.checkpoint.StateWriter;
import dev.diffstream.worker.learning.parameters.FloatArray;
import dev.diffstream.worker.learning.parameters.Slab;
import dev.diffstream.worker.learning.parameters.Vectors;
import dev.diffstream.worker.learning.parameters.Vectors.AdamStep;
import dev.diffstream.worker.learning.parameters.Workers;
import java.lang.foreign.Arena;
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
  private final FloatArray theta0;
  private final FloatArray w;
  private final FloatArray e;
  private final FloatArray meanW;
  private final FloatArray squareW;
  private final FloatArray meanA;
  private final FloatArray squareA;
  private final GroupGates groups;
  private final SlabSums sums;
  private final Scratch[] scratch;
  private double normW = Double.NaN;
  private double normA;
  private long step;

  private static final class Scratch {
    /** dL/dtheta, then the new theta. */
    final FloatArray block;

    final long g;
    final long dw;
    final long da;
    final GateKernels.Sums sums = new GateKernels.Sums();

    Scratch(Arena memory) {
      block = FloatArray.zeros(memory, Vectors.BLOCK);
      g = block.address(0, Vectors.BLOCK);
      dw = FloatArray.zeros(memory, Vectors.BLOCK).address(0, Vectors.BLOCK);
      da = FloatArray.zeros(memory, Vectors.BLOCK).address(0, Vectors.BLOCK);
    }
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
   * @param memory of the state and its outcome
   */
  public GatedState(
      Base base, List<Slab> slabs, int threads, long seed, boolean structured, Arena memory) {
    this.parameters = base.parameters();
    this.slabs = slabs;
    this.workers = new Workers(threads);
    this.seed = seed;
    int size = Slab.total(slabs);
    theta0 = FloatArray.zeros(memory, size);
    w = FloatArray.zeros(memory, size);
    e = FloatArray.zeros(memory, size);
    meanW = FloatArray.zeros(memory, size);
    squareW = FloatArray.zeros(memory, size);
    meanA = FloatArray.zeros(memory, size);
    squareA = FloatArray.zeros(memory, size);
    Slab.copy(slabs, parameters, theta0);
    sums = new SlabSums(slabs.size());
    scratch = new Scratch[workers.threads()];
    Arrays.setAll(scratch, i -> new Scratch(memory));
    // Between the slabs the gates are shut.
    e.fill(0, size, GateKernels.MIN_E);
    for (Slab slab : slabs) {
      e.fill(slab.state(), slab.state() + slab.length(), (float) Math.exp(5));
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

  private void advance(Pass pass, int index, List<FloatBuffer> gradients, Scratch scratch) {
    Slab slab = slabs.get(index);
    GroupGate group = groups.get(slab.parameter());
    FloatBuffer gradient = gradients.get(slab.parameter());
    FloatBuffer theta = parameters.get(slab.parameter()).values();
    scratch.sums.clear();
    int open = 0;
    for (int from = 0; from < slab.length(); from += Vectors.BLOCK) {
      int n = slab.read(gradient, from, scratch.block);
      open += advance(pass, group, scratch, slab.state() + from, n);
      scratch.block.write(theta, slab.offset() + from, n);
    }
    sums.dot[index] = scratch.sums.dot();
    sums.squaresW[index] = scratch.sums.squaresW();
    sums.squaresA[index] = scratch.sums.squaresA();
    sums.open[index] = open;
  }

  /** Of one block whose gradient stands in {@code scratch.g}, where its new theta then stands. */
  private int advance(Pass pass, GroupGate group, Scratch scratch, int at, int n) {
    long wAt = w.address(at, n);
    long eAt = e.address(at, n);
    GateKernels.gradients(
        scratch.dw,
        scratch.da,
        scratch.sums,
        scratch.g,
        wAt,
        eAt,
        at,
        n,
        pass.seed,
        group.z(),
        pass.lambda);
    Vectors.adam(pass.adamW, scratch.dw, wAt, meanW.address(at, n), squareW.address(at, n), n);
    Vectors.adamOfLogarithm(
        pass.adamA,
        scratch.da,
        eAt,
        meanA.address(at, n),
        squareA.address(at, n),
        n,
        pass.factor,
        GateKernels.MIN_E,
        GateKernels.MAX_E);
    return GateKernels.theta(
        scratch.g, theta0.address(at, n), wAt, eAt, at, n, pass.nextSeed, group.nextZ());
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
    int stride = GateSample.stride(e.length());
    int[] histogram = new int[GateSample.BUCKETS];
    for (int from = 0; from < e.length(); from += stride * Vectors.WIDEST) {
      for (int i = from; i < Math.min(e.length(), from + Vectors.WIDEST); i++) {
        histogram[GateSample.bucket(e.get(i))]++;
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
    w.save(out, "w");
    e.save(out, "e");
    meanW.save(out, "w.mean");
    squareW.save(out, "w.square");
    meanA.save(out, "e.mean");
    squareA.save(out, "e.square");
  }

  @Override
  public void load(StateReader in) {
    double[] values = in.doubles("gated", 3);
    step = (long) values[0];
    normW = values[1];
    normA = values[2];
    groups.load(in);
    w.load(in, "w");
    e.load(in, "e");
    meanW.load(in, "w.mean");
    squareW.load(in, "w.square");
    meanA.load(in, "e.mean");
    squareA.load(in, "e.square");
    int stepSeed = stepSeed(step);
    workers.each(slabs.size(), (thread, i) -> writeTheta(slabs.get(i), stepSeed, scratch[thread]));
  }

  private void writeTheta(Slab slab, int stepSeed, Scratch scratch) {
    FloatBuffer theta = parameters.get(slab.parameter()).values();
    float zg = groups.get(slab.parameter()).z();
    for (int from = 0; from < slab.length(); from += Vectors.BLOCK) {
      int n = Math.min(Vectors.BLOCK, slab.length() - from);
      int at = slab.state() + from;
      GateKernels.theta(
          scratch.g,
          theta0.address(at, n),
          w.address(at, n),
          e.address(at, n),
          at,
          n,
          stepSeed,
          zg);
      scratch.block.write(theta, slab.offset() + from, n);
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

package dev.diffstream.worker.learning.diffpruning;

import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.base.encoder.Replica;
import dev.diffstream.base.engine.DeviceTensor;
import dev.diffstream.base.engine.TensorScript;
import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.checkpoint.StateWriter;
import dev.diffstream.worker.learning.parameters.DevicePlaces;
import dev.diffstream.worker.learning.parameters.FloatArray;
import dev.diffstream.worker.learning.parameters.Slab;
import dev.diffstream.worker.learning.parameters.TensorAdam;
import dev.diffstream.worker.learning.parameters.Vectors;
import dev.diffstream.worker.learning.parameters.Vectors.AdamStep;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;

/**
 * {@link Gates} as tensor operations on a replica's device, where w, E, theta0 and the four moments
 * lie in fp32. A step sends two numbers a parameter to the device and brings one back, with three
 * sums; the group gates move on the host. Norms lag a step as in {@link GatedState}.
 */
final class TensorGates implements Gates {
  private static final int NORM_W = 3;
  private static final int NORM_A = 2;
  private static final int OPEN = 1;

  private final Replica replica;
  private final List<Slab> slabs;
  private final Arena memory;
  private final long seed;
  private final int size;
  private final GroupGates groups;
  private final TensorScript stepScript;
  private final TensorScript writeScript;
  private final TensorScript sampleScript;
  private final DevicePlaces places;
  private final DeviceTensor theta0;
  private final DeviceTensor w;
  private final DeviceTensor e;
  private final DeviceTensor meanW;
  private final DeviceTensor squareW;
  private final DeviceTensor meanA;
  private final DeviceTensor squareA;
  private final DeviceTensor sizes;
  private final long[] lengths;
  private double normW = Double.NaN;
  private double normA;
  private long step;

  TensorGates(Replica replica, List<Slab> slabs, long seed, boolean structured, Arena memory) {
    this.memory = memory;
    this.replica = replica;
    this.slabs = slabs;
    this.seed = seed;
    this.size = Slab.total(slabs);
    int parameters = 0;
    while (replica.offset(parameters) < replica.theta().size() - 1) {
      parameters++;
    }
    this.groups = new GroupGates(parameters, structured, seed);
    this.stepScript = replica.script(GateScript.ARGUMENTS, GateScript.step());
    this.writeScript =
        replica.script(
            "theta: Tensor, places: Tensor, theta0: Tensor, w: Tensor, e: Tensor, zg: Tensor, "
                + "sizes: Tensor, seed: int",
            GateScript.write());
    this.sampleScript =
        replica.script("e: Tensor", GateScript.sample(GateSample.stride(size), Vectors.WIDEST));
    this.places = new DevicePlaces(replica, slabs);
    this.theta0 = places.gather(replica.theta());
    float[] start = new float[size];
    // Between the slabs the gates are shut.
    Arrays.fill(start, GateKernels.MIN_E);
    for (Slab slab : slabs) {
      Arrays.fill(start, slab.state(), slab.state() + slab.length(), (float) Math.exp(5));
    }
    this.e = replica.floats(start);
    this.w = replica.zeros(size);
    this.meanW = replica.zeros(size);
    this.squareW = replica.zeros(size);
    this.meanA = replica.zeros(size);
    this.squareA = replica.zeros(size);
    this.lengths = lengths(slabs, parameters, size);
    this.sizes = replica.ints(Arrays.stream(lengths).mapToInt(Math::toIntExact).toArray());
  }

  /** State indices of each parameter; those between its slabs and the next one's are its own. */
  private static long[] lengths(List<Slab> slabs, int parameters, int size) {
    long[] lengths = new long[parameters];
    for (int i = 0; i < slabs.size(); i++) {
      int end = i + 1 < slabs.size() ? slabs.get(i + 1).state() : size;
      lengths[slabs.get(i).parameter()] += end - slabs.get(i).state();
    }
    return lengths;
  }

  @Override
  public long advance(Gradients gradients, float lambda, double rateW, double rateA, double shift) {
    DeviceTensor flat = replica.gradients(gradients);
    if (step == 0) {
      normW = places.norm(flat);
    }
    groups.draw(step + 1);
    double clipA = AdamStep.clip(normA);
    double[] sums =
        step(
            flat,
            AdamStep.of(AdamStep.clip(normW), rateW, step + 1),
            AdamStep.of(clipA, rateA, step + 1),
            lambda,
            (float) Math.exp(shift));
    step++;
    double squaresOfGroups = groups.advance(sums, lambda, clipA, rateA, step);
    normW = Math.sqrt(sums[sums.length - NORM_W]);
    normA = Math.sqrt(sums[sums.length - NORM_A] + squaresOfGroups);
    replica.thetaChanged();
    return (long) sums[sums.length - OPEN];
  }

  private double[] step(
      DeviceTensor flat, AdamStep adamW, AdamStep adamA, double lambda, double factor) {
    try (DeviceTensor zg = groupValues(false);
        DeviceTensor nextZg = groupValues(true);
        DeviceTensor sums =
            stepScript.run(
                flat,
                replica.theta(),
                places.tensor(),
                theta0,
                w,
                e,
                meanW,
                squareW,
                meanA,
                squareA,
                zg,
                nextZg,
                sizes,
                lengths,
                TensorAdam.numbers(adamW),
                TensorAdam.numbers(adamA),
                lambda,
                factor,
                (long) GateKernels.stepSeed(seed, step),
                (long) GateKernels.stepSeed(seed, step + 1))) {
      return sums.doubles();
    }
  }

  private DeviceTensor groupValues(boolean next) {
    float[] values = new float[groups.size()];
    for (int p = 0; p < values.length; p++) {
      values[p] = next ? groups.get(p).nextZ() : groups.get(p).z();
    }
    return replica.floats(values);
  }

  @Override
  public double alphaAbove(long count) {
    int[] histogram = new int[GateSample.BUCKETS];
    try (DeviceTensor sample = sampleScript.run(e)) {
      for (float value : sample.floats()) {
        histogram[GateSample.bucket(value)]++;
      }
    }
    return GateSample.alphaAbove(histogram, GateSample.stride(size), count);
  }

  @Override
  public Outcome finish() {
    FloatArray ofW = FloatArray.of(memory, w.floats());
    FloatArray ofE = FloatArray.of(memory, e.floats());
    Outcome outcome = new Outcome(FloatArray.zeros(memory, size), FloatArray.zeros(memory, size));
    for (Slab slab : slabs) {
      float zg = groups.get(slab.parameter()).deterministicGate();
      Outcome.write(slab, ofW, ofE, zg, outcome.changes(), outcome.fallbackScore());
    }
    return outcome;
  }

  @Override
  public void save(StateWriter out) {
    out.doubles("gated", step, normW, normA);
    groups.save(out);
    out.floats("w", w.floats());
    out.floats("e", e.floats());
    out.floats("w.mean", meanW.floats());
    out.floats("w.square", squareW.floats());
    out.floats("e.mean", meanA.floats());
    out.floats("e.square", squareA.floats());
  }

  @Override
  public void load(StateReader in) {
    double[] values = in.doubles("gated", 3);
    step = (long) values[0];
    normW = values[1];
    normA = values[2];
    groups.load(in);
    float[] into = new float[size];
    load(in, "w", w, into);
    load(in, "e", e, into);
    load(in, "w.mean", meanW, into);
    load(in, "w.square", squareW, into);
    load(in, "e.mean", meanA, into);
    load(in, "e.square", squareA, into);
    try (DeviceTensor zg = groupValues(false)) {
      writeScript
          .run(
              replica.theta(),
              places.tensor(),
              theta0,
              w,
              e,
              zg,
              sizes,
              (long) GateKernels.stepSeed(seed, step))
          .close();
    }
    replica.thetaChanged();
  }

  private void load(StateReader in, String name, DeviceTensor tensor, float[] into) {
    in.floats(name, into);
    replica.write(into, tensor);
  }

  @Override
  public void restore() {
    places.scatter(theta0, replica.theta());
    replica.thetaChanged();
  }

  @Override
  public void close() {
    for (DeviceTensor tensor : List.of(theta0, w, e, meanW, squareW, meanA, squareA, sizes)) {
      tensor.close();
    }
    places.close();
  }
}

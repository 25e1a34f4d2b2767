package dev.diffstream.worker.learning.parameters;

import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.checkpoint.StateWriter;
import dev.diffstream.worker.learning.parameters.Vectors.AdamStep;
import java.lang.foreign.Arena;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/** {@link DenseUpdate} in host memory: written in place into the base's own, in one pass. */
public final class DenseState implements DenseUpdate {
  private final List<Parameter> parameters;
  private final List<Slab> slabs;
  private final Workers workers;
  private final FloatArray mean;
  private final FloatArray square;
  private final double[] squares;
  private final Scratch[] scratch;
  private double norm = Double.NaN;
  private long step;

  private record Scratch(FloatArray gradient, FloatArray theta) {
    Scratch(Arena memory) {
      this(FloatArray.zeros(memory, Vectors.BLOCK), FloatArray.zeros(memory, Vectors.BLOCK));
    }
  }

  /**
   * @param memory of the moments
   */
  public DenseState(List<Parameter> parameters, List<Slab> slabs, int threads, Arena memory) {
    this.parameters = parameters;
    this.slabs = slabs;
    this.workers = new Workers(threads);
    this.mean = FloatArray.zeros(memory, Slab.total(slabs));
    this.square = FloatArray.zeros(memory, Slab.total(slabs));
    this.squares = new double[slabs.size()];
    this.scratch = new Scratch[workers.threads()];
    Arrays.setAll(scratch, i -> new Scratch(memory));
  }

  @Override
  public void advance(Gradients from, double rate) {
    List<FloatBuffer> gradients = from.parameters();
    if (step == 0) {
      norm = Slab.norm(slabs, gradients);
    }
    step++;
    AdamStep adam = AdamStep.of(AdamStep.clip(norm), rate, step);
    workers.each(slabs.size(), (thread, i) -> advance(adam, slabs.get(i), i, gradients, thread));
    norm = Math.sqrt(Arrays.stream(squares).sum());
  }

  private void advance(
      AdamStep adam, Slab slab, int index, List<FloatBuffer> gradients, int thread) {
    Scratch block = scratch[thread];
    FloatBuffer values = parameters.get(slab.parameter()).values();
    double sum = 0;
    for (int at = 0; at < slab.length(); at += Vectors.BLOCK) {
      int n = slab.read(gradients.get(slab.parameter()), at, block.gradient);
      slab.read(values, at, block.theta);
      int state = slab.state() + at;
      long gradient = block.gradient.address(0, n);
      sum += Vectors.squares(gradient, n);
      Vectors.adam(
          adam,
          gradient,
          block.theta.address(0, n),
          mean.address(state, n),
          square.address(state, n),
          n);
      block.theta.write(values, slab.offset() + at, n);
    }
    squares[index] = sum;
  }

  @Override
  public void save(StateWriter out) {
    out.doubles("dense", step, norm);
    mean.save(out, "dense.mean");
    square.save(out, "dense.square");
  }

  @Override
  public void load(StateReader in) {
    double[] values = in.doubles("dense", 2);
    step = (long) values[0];
    norm = values[1];
    mean.load(in, "dense.mean");
    square.load(in, "dense.square");
  }

  @Override
  public void close() {
    workers.close();
  }
}

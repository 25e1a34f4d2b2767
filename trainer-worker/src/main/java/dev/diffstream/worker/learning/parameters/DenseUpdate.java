package dev.diffstream.worker.learning.parameters;

import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.base.encoder.Replica;
import dev.diffstream.base.engine.DeviceTensor;
import dev.diffstream.base.engine.TensorScript;
import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.checkpoint.StateWriter;
import dev.diffstream.worker.learning.parameters.Vectors.AdamStep;
import java.lang.foreign.Arena;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Full fine-tuning's state: Adam on every value of the slabs. The gradient is cut to norm 1 by the
 * norm of the step before; the first step takes its own.
 *
 * <p>Keeps no copy of the values: whoever trains a base copies what must come back.
 */
public sealed interface DenseUpdate extends AutoCloseable permits DenseState, DenseUpdate.OnDevice {
  /**
   * That for the memory in which the parameters lie.
   *
   * @param replica null: the base's own memory
   * @param memory of the state, where that lies on the host
   */
  static DenseUpdate of(
      List<Parameter> parameters,
      @Nullable Replica replica,
      List<Slab> slabs,
      int threads,
      Arena memory) {
    return replica == null
        ? new DenseState(parameters, slabs, threads, memory)
        : new OnDevice(replica, slabs);
  }

  /** One step of Adam on all values. */
  void advance(Gradients gradients, double rate);

  /** Keeps all but the values themselves. */
  void save(StateWriter out);

  /** To be called on a fresh state. */
  void load(StateReader in);

  @Override
  void close();

  /** As tensor operations. */
  final class OnDevice implements DenseUpdate {
    private final Replica replica;
    private final int size;
    private final DevicePlaces places;
    private final DeviceTensor mean;
    private final DeviceTensor square;
    private final TensorScript script;
    private double norm = Double.NaN;
    private long step;

    OnDevice(Replica replica, List<Slab> slabs) {
      this.replica = replica;
      this.size = Slab.total(slabs);
      this.places = new DevicePlaces(replica, slabs);
      this.mean = replica.zeros(size);
      this.square = replica.zeros(size);
      this.script =
          replica.script(
              "flat: Tensor, theta: Tensor, places: Tensor, m: Tensor, v: Tensor, of_t: List[float]",
              """
              a = 0
              b = torch.size(places, 0)
              g = torch.index_select(flat, 0, places)
              %s
              at = torch.to(places, 4, False, False, None)
              moved = torch.sub(torch.index_select(theta, 0, places), change_t)
              k = torch.index_copy_(theta, 0, at, moved)
              return torch.sqrt(torch.sum(torch.mul(g, g), dtype=7))
              """
                  .formatted(TensorAdam.change("t", "g", "m", "v").stripTrailing())
                  .indent(2));
    }

    @Override
    public void advance(Gradients gradients, double rate) {
      DeviceTensor flat = replica.gradients(gradients);
      if (step == 0) {
        norm = places.norm(flat);
      }
      step++;
      AdamStep adam = AdamStep.of(AdamStep.clip(norm), rate, step);
      try (DeviceTensor found =
          script.run(
              flat, replica.theta(), places.tensor(), mean, square, TensorAdam.numbers(adam))) {
        norm = found.doubles()[0];
      }
      replica.thetaChanged();
    }

    @Override
    public void save(StateWriter out) {
      out.doubles("dense", step, norm);
      out.floats("dense.mean", mean.floats());
      out.floats("dense.square", square.floats());
    }

    @Override
    public void load(StateReader in) {
      double[] values = in.doubles("dense", 2);
      step = (long) values[0];
      norm = values[1];
      float[] into = new float[size];
      in.floats("dense.mean", into);
      replica.write(into, mean);
      in.floats("dense.square", into);
      replica.write(into, square);
    }

    @Override
    public void close() {
      mean.close();
      square.close();
      places.close();
    }
  }
}

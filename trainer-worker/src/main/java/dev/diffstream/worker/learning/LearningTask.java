package dev.diffstream.worker.learning;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.encoder.Encoder;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.encoder.Replica;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.worker.learning.parameters.Slab;
import dev.diffstream.worker.learning.parameters.Theta;
import dev.diffstream.worker.learning.rows.EncodedDataSet;
import dev.diffstream.worker.learning.stages.DensityChoice;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing to learn.
 *
 * @param base in memory, untouched, owned by the learning thread until the method returns
 * @param densities shares of all base parameters that the diff may change, ascending: the least
 *     whose dev score is as good as the best one's is taken, see {@link DensityChoice}
 * @param replica where it is learned; null for the base's own memory
 * @param interruption throws if the run may not go on; called between batches of an evaluation
 */
public record LearningTask(
    Base base,
    EncodedDataSet examples,
    List<Double> densities,
    ValuePrecision precision,
    TrainingSettings settings,
    @Nullable Replica replica,
    Runnable interruption) {
  public LearningTask {
    densities = List.copyOf(densities);
  }

  /** Learned in the base's own memory. */
  public LearningTask(
      Base base,
      EncodedDataSet examples,
      List<Double> densities,
      ValuePrecision precision,
      TrainingSettings settings) {
    this(base, examples, densities, precision, settings, null, () -> {});
  }

  /** The same task, learned on a copy of the base. */
  public LearningTask on(Replica where) {
    return new LearningTask(base, examples, densities, precision, settings, where, interruption);
  }

  /** The same task, whose evaluations end when {@code check} throws. */
  public LearningTask interruptedBy(Runnable check) {
    return new LearningTask(base, examples, densities, precision, settings, replica, check);
  }

  /** Runs the parameters that are learned. */
  public Encoder encoder() {
    return replica == null ? base.encoder() : replica.encoder();
  }

  /** The parameters that are learned. */
  public Theta theta() {
    return replica == null ? Theta.of(base) : Theta.of(base, replica);
  }

  /** The number of positions that a diff of this density may change. */
  public int budget(double density) {
    return (int) Math.max(1, Math.floor(density * parameterCount()));
  }

  public long parameterCount() {
    return base.parameters().stream().mapToLong(Parameter::size).sum();
  }

  /** The values that training can move: all but embedding rows that the data never touches. */
  public List<Slab> slabs() {
    return Slab.of(base.parameters(), examples.usedRows(base.encoder()));
  }

  /** A head as every method begins with: zero, or the plain start of a masked language model. */
  public Head newHead() {
    return examples.newHead(base);
  }
}

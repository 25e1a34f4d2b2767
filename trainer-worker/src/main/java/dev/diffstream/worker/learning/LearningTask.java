package dev.diffstream.worker.learning;

import dev.diffstream.base.Base;
import dev.diffstream.base.Head;
import dev.diffstream.base.Parameter;
import dev.diffstream.schemas.diff.ValuePrecision;
import dev.diffstream.worker.learning.sparse.Slab;
import java.util.List;

/**
 * One thing to learn.
 *
 * @param base in memory, untouched, owned by the learning thread until the method returns
 * @param densities shares of all base parameters that the diff may change, ascending: the least
 *     whose dev score is as good as the best one's is taken, see {@link DensityChoice}
 */
public record LearningTask(
    Base base,
    EncodedDataSet examples,
    List<Double> densities,
    ValuePrecision precision,
    TrainingSettings settings) {
  public LearningTask {
    densities = List.copyOf(densities);
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

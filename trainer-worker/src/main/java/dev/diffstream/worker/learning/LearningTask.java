package dev.diffstream.worker.learning;

import dev.diffstream.base.Base;
import dev.diffstream.base.Parameter;
import dev.diffstream.schemas.diff.ValuePrecision;

/**
 * One thing to learn.
 *
 * @param base in memory, untouched, owned by the learning thread until the method returns
 * @param density share of all base parameters that the diff may change
 */
public record LearningTask(
    Base base,
    EncodedDataSet examples,
    double density,
    ValuePrecision precision,
    TrainingSettings settings) {
  /** The number of positions that the diff may change. */
  public int budget() {
    return (int) Math.max(1, Math.floor(density * parameterCount()));
  }

  public long parameterCount() {
    return base.parameters().stream().mapToLong(Parameter::size).sum();
  }

  public int outputs() {
    return examples.outputs();
  }
}

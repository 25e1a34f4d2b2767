package dev.diffstream.benchmarks.steps;

import dev.diffstream.base.Base;
import dev.diffstream.base.BaseChoice;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.benchmarks.steps.StepKind.EmbeddingRows;
import dev.diffstream.worker.learning.methods.TrainingSteps;
import java.util.ArrayList;
import java.util.List;

/** Takes training steps of one kind on a base of its own. */
final class Stepper implements AutoCloseable {
  private final StepKind kind;
  private final Base base;
  private final StepBatches batches;
  private final TrainingSteps steps;
  private final List<Float> losses = new ArrayList<>();

  Stepper(StepKind kind, EmbeddingRows rows, String baseName) {
    this.kind = kind;
    this.base = load(baseName);
    this.batches = new StepBatches(base, rows.words(base));
    Head head = new Head(StepBatches.CLASSES, base.encoder().featureCount(false));
    this.steps = kind.start(base, head, rows, TensorEngine.threads());
  }

  /** {@code minilm} or a directory. */
  static Base load(String name) {
    return BaseChoice.local(name);
  }

  StepKind kind() {
    return kind;
  }

  Base base() {
    return base;
  }

  /** One step; returns its seconds. */
  double step() {
    long began = System.nanoTime();
    float loss = batches.with(steps::step);
    double seconds = (System.nanoTime() - began) / 1e9;
    losses.add(loss);
    return seconds;
  }

  /** The loss of each step so far. */
  List<Float> losses() {
    return losses;
  }

  /** Mean loss of the first steps, each batch once. */
  double firstLoss() {
    return mean(losses.subList(0, StepBatches.COUNT));
  }

  /** Mean loss of the last steps, each batch once. */
  double lastLoss() {
    return mean(losses.subList(losses.size() - StepBatches.COUNT, losses.size()));
  }

  private static double mean(List<Float> values) {
    return values.stream().mapToDouble(Float::doubleValue).average().orElseThrow();
  }

  @Override
  public void close() {
    steps.close();
    base.close();
  }
}

package dev.diffstream.worker.learning.full;

import dev.diffstream.base.encoder.Head;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningMethod;
import dev.diffstream.worker.learning.LearningProgress;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.checkpoint.Checkpoints;
import dev.diffstream.worker.learning.stages.DenseTraining;
import dev.diffstream.worker.learning.steps.Meter;
import java.lang.foreign.Arena;
import java.util.Map;

/**
 * Full fine-tuning: every parameter by Adam, the best dev step kept. What the others are measured
 * by; it never publishes.
 */
public final class FullFineTuning implements LearningMethod {
  private final int threads;

  /**
   * @param threads that share the update
   */
  public FullFineTuning(int threads) {
    this.threads = threads;
  }

  @Override
  public String name() {
    return "full";
  }

  @Override
  public boolean publishes() {
    return false;
  }

  @Override
  public LearnedDiff learn(LearningTask task, LearningProgress progress, Checkpoints checkpoints) {
    Meter meter = new Meter(task.settings().fullSteps(), progress);
    Head head = task.newHead();
    try (Arena memory = Arena.ofShared()) {
      DenseTraining.Outcome outcome =
          DenseTraining.run(
              task, head, meter, Phase.FULL_FINE_TUNING, threads, Checkpoints.NONE, memory);
      return new LearnedDiff(
          outcome.delta(task.base()),
          outcome.head(),
          Map.of(
              "devScore", outcome.devScore(),
              "bestStep", (double) outcome.step(),
              "loss", meter.loss()));
    }
  }
}

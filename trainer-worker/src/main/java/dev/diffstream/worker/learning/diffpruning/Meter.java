package dev.diffstream.worker.learning.diffpruning;

import dev.diffstream.schemas.event.Phase;
import dev.diffstream.worker.learning.LearningProgress;
import dev.diffstream.worker.learning.TrainingSettings;

/** Counts steps over both stages and smooths the loss. */
final class Meter {
  private static final double SMOOTHING = 0.9;

  private final LearningProgress progress;
  private final long allSteps;
  private long done;
  private double loss = Double.NaN;

  Meter(TrainingSettings settings, LearningProgress progress) {
    this.progress = progress;
    this.allSteps = (long) settings.stage1Steps() + settings.stage3Steps();
  }

  void step(Phase phase, long step, long steps, double stepLoss) {
    done++;
    loss = step == 1 ? stepLoss : SMOOTHING * loss + (1 - SMOOTHING) * stepLoss;
    report(phase, step, steps, loss);
  }

  void report(Phase phase, long step, long steps, double shown) {
    progress.report(phase, step, steps, shown, (double) done / allSteps);
  }

  double loss() {
    return loss;
  }
}

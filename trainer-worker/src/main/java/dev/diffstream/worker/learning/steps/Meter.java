package dev.diffstream.worker.learning.steps;

import dev.diffstream.schemas.event.Phase;
import dev.diffstream.worker.learning.LearningProgress;
import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.checkpoint.StateWriter;

/** Counts the steps of all stages and smooths the loss. */
public final class Meter {
  private static final double SMOOTHING = 0.9;

  private final LearningProgress progress;
  private final long allSteps;
  private long done;
  private double loss = Double.NaN;

  /**
   * @param allSteps of all stages together
   */
  public Meter(long allSteps, LearningProgress progress) {
    this.allSteps = allSteps;
    this.progress = progress;
  }

  void save(StateWriter out) {
    out.doubles("meter", done, loss);
  }

  void load(StateReader in) {
    double[] values = in.doubles("meter", 2);
    done = (long) values[0];
    loss = values[1];
  }

  /** One step of a stage is done; {@code stepLoss} is NaN if it was dropped. */
  public void step(Phase phase, long step, long steps, double stepLoss) {
    done++;
    if (step == 1 || Double.isNaN(loss)) {
      loss = stepLoss;
    } else if (!Double.isNaN(stepLoss)) {
      loss = SMOOTHING * loss + (1 - SMOOTHING) * stepLoss;
    }
    report(phase, step, steps, loss);
  }

  public void report(Phase phase, long step, long steps, double shown) {
    progress.report(phase, step, steps, shown, Math.min(1, (double) done / allSteps));
  }

  /** See {@link LearningProgress#openGates}. */
  public void openGates(double share) {
    progress.openGates(share);
  }

  void devScore(double score) {
    progress.devScore(score);
  }

  /** The loss of the current stage, smoothed. */
  public double loss() {
    return loss;
  }
}

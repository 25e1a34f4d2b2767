package dev.diffstream.worker.learning;

import dev.diffstream.schemas.event.Phase;

/** Hears of every step. Called on the learning thread, between steps. */
@FunctionalInterface
public interface LearningProgress {
  /**
   * @param step of {@code steps} in this phase
   * @param loss mean over the last steps, NaN where the phase has none
   * @param share of the whole learning that is done, 0 to 1
   */
  void report(Phase phase, long step, long steps, double loss, double share);

  /**
   * How sparse the gates are, before the step that is reported next.
   *
   * @param share of all gated values whose gate is open, 0 to 1
   */
  default void openGates(double share) {}

  /** The base as it stands was asked the dev rows. */
  default void devScore(double score) {}
}

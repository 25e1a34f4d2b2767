package dev.diffstream.worker.learning;

import dev.diffstream.worker.learning.checkpoint.Checkpoints;

/**
 * A way to learn a diff. Given the same task, settings and base, an implementation returns the same
 * bits on the same CPU.
 */
public interface LearningMethod {
  /** The name by which a task event asks for it. */
  String name();

  /** Whether a task may ask for it; false for what is only measured beside the others. */
  default boolean publishes() {
    return true;
  }

  /**
   * Learns from {@code task.examples()} and leaves the base as it found it, bit for bit, whether it
   * returns or throws.
   *
   * @param progress told at every step; it may throw to stop the learning
   * @param checkpoints where it keeps its state, and where an earlier attempt may have left its own
   */
  LearnedDiff learn(LearningTask task, LearningProgress progress, Checkpoints checkpoints);

  /** As above, without checkpoints. */
  default LearnedDiff learn(LearningTask task, LearningProgress progress) {
    return learn(task, progress, Checkpoints.NONE);
  }
}

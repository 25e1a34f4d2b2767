package dev.diffstream.worker.run;

import dev.diffstream.schemas.event.DiffPublished;

/** Learns the diff of one attempt and makes it durable. */
public interface RunLearner {
  /**
   * Returns when the diff, and its signature where diffs are signed, are durable. What is found on
   * the way is written into the run's report.
   *
   * @throws dev.diffstream.schemas.DiffstreamException with the code of what is wrong with the
   *     task, or with a retryable one if the store or the broker stayed away
   * @throws RunInterruptedException at the next step after the worker was stopped or has lost the
   *     event's lock
   */
  DiffPublished learn(Run run);

  /**
   * Number of the last attempt that is known to have got further than the one before it; 0 if none
   * is.
   */
  default long lastToGetFurther(String runId) {
    return 0;
  }

  /** Removes what a run kept on its way, now that it has its outcome. */
  void forget(Run run);

  /**
   * Checks, between two runs, that what they have in common is as it was.
   *
   * @throws Error if it is not: the process must end
   */
  default void verifyState() {}
}

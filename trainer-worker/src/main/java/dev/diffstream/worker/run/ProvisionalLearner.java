package dev.diffstream.worker.run;

import dev.diffstream.schemas.event.TaskSubmitted;
import java.util.Map;

/** Learns a head alone, in seconds, and makes it durable. */
public interface ProvisionalLearner {
  /** Whether a head alone can answer this task. */
  boolean canLearn(TaskSubmitted task);

  /**
   * @param guard says whether this worker may go on
   * @throws dev.diffstream.schemas.DiffstreamException if the data cannot be learned from, or
   *     QUALITY_GATE_FAILED if the head is no better than the majority
   */
  Learned learn(TaskSubmitted task, RunGuard guard);

  /**
   * A diff file without positions that is durable (I2).
   *
   * @param digest its name
   * @param bytes its size
   * @param rows training rows that it was learned from
   * @param metrics on held-out rows, and of the majority on the same rows
   */
  record Learned(
      String digest, long bytes, String baseDigest, int rows, Map<String, Double> metrics) {
    public Learned {
      metrics = Map.copyOf(metrics);
    }
  }
}

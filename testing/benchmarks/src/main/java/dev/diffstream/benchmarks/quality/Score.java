package dev.diffstream.benchmarks.quality;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one method reached on one task with one seed.
 *
 * @param metric {@code accuracy}, {@code pearson} or {@code entity-f1}
 * @param score on the test rows, in percent
 * @param devScore in percent, which chose among {@code attempts}
 * @param density share of the base's parameters that changed
 * @param seconds of learning, all attempts together
 */
public record Score(
    String task,
    String method,
    long seed,
    String metric,
    double score,
    double devScore,
    double density,
    int trainRows,
    int devRows,
    int testRows,
    double seconds,
    List<Attempt> attempts) {

  /**
   * One setting of a sweep. Scores in percent.
   *
   * @param failure why there are none, where the learning diverged
   */
  public record Attempt(
      Map<String, Object> settings,
      double devScore,
      double score,
      double density,
      @Nullable String failure) {}

  /** Whether this is the cell. */
  public boolean isOf(String ofTask, String ofMethod, long ofSeed) {
    return task.equals(ofTask) && method.equals(ofMethod) && seed == ofSeed;
  }
}

package dev.diffstream.benchmarks.steps;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a step of each kind costs.
 *
 * @param rounds that were timed, each kind once in each, in shuffled turns
 */
public record StepCosts(int rounds, List<Kind> kinds) {
  /** Examples in a batch. */
  public static final int BATCH = 16;

  /** Tokens of each example. */
  public static final int LENGTH = 64;

  /**
   * One kind of step.
   *
   * @param stepSeconds median
   * @param stepRatio median over the rounds of its time over full fine-tuning's in the same round
   * @param peakBytes peak resident memory of a process that takes such steps and does nothing else
   * @param peakRatio over full fine-tuning's
   * @param firstLoss mean of the first steps
   * @param lastLoss mean of the last steps on the same batches
   */
  public record Kind(
      String name,
      double stepSeconds,
      double stepRatio,
      long peakBytes,
      double peakRatio,
      double firstLoss,
      double lastLoss) {}

  public double stage1StepRatio() {
    return kind(StepKind.STAGE1).stepRatio();
  }

  public double stage3StepRatio() {
    return kind(StepKind.STAGE3).stepRatio();
  }

  public double stage1PeakMemoryRatio() {
    return kind(StepKind.STAGE1).peakRatio();
  }

  /** By kind, the seconds that an epoch of so many rows takes. */
  public Map<String, Double> epochSeconds(int rows) {
    Map<String, Double> seconds = new TreeMap<>();
    kinds.forEach(kind -> seconds.put(kind.name(), kind.stepSeconds() * Math.max(1, rows / BATCH)));
    return seconds;
  }

  private Kind kind(StepKind wanted) {
    return kinds.stream().filter(k -> k.name().equals(wanted.text())).findFirst().orElseThrow();
  }
}

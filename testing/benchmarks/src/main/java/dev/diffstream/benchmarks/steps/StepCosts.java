package dev.diffstream.benchmarks.steps;

import dev.diffstream.benchmarks.steps.StepKind.EmbeddingRows;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a step of each kind costs.
 *
 * @param batchSize examples in a batch
 * @param tokens of each example
 * @param rounds that were timed
 * @param jvmOptions of every process that was measured
 */
public record StepCosts(
    int batchSize, int tokens, int rounds, List<String> jvmOptions, List<Cost> costs) {

  /**
   * One kind of step.
   *
   * @param stepRatio median over the rounds of its time over plain full fine-tuning's in the same
   *     round
   * @param peakBytes peak resident memory of a process that takes such steps and does nothing else
   * @param peakRatio over plain full fine-tuning's
   * @param firstLoss mean over the batches, at first
   * @param lastLoss mean over the same batches, at last
   */
  public record Cost(
      String kind,
      EmbeddingRows embeddingRows,
      double stepSeconds,
      double stepRatio,
      long peakBytes,
      double peakRatio,
      double firstLoss,
      double lastLoss) {}

  /** The cost of a kind where the data uses a quarter of the embedding rows. */
  public Cost of(StepKind kind) {
    return costs.stream()
        .filter(c -> c.kind().equals(kind.text()) && c.embeddingRows() == EmbeddingRows.QUARTER)
        .findFirst()
        .orElseThrow();
  }

  /** By kind, the seconds that an epoch of so many rows takes. */
  public Map<String, Double> epochSeconds(int rows) {
    Map<String, Double> seconds = new TreeMap<>();
    for (StepKind kind : StepKind.values()) {
      seconds.put(kind.text(), of(kind).stepSeconds() * Math.max(1, rows / batchSize));
    }
    return seconds;
  }
}

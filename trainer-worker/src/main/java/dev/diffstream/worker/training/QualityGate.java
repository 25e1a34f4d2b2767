package dev.diffstream.worker.training;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.run.RunReport.ChampionMetrics;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a diff must be better than before it is published at all. Over the majority always; over the
 * champion by the gain that the event asks for, where it asks for a champion and there is one.
 */
final class QualityGate {
  private QualityGate() {}

  static boolean isOverChampion(TaskSubmitted task) {
    TaskSubmitted.Gate gate = task.gate();
    return gate != null && "champion".equals(gate.over());
  }

  /**
   * @param metrics of the new diff on the held-out rows
   * @param champion on the same rows; empty: there is none to compare with
   * @throws DiffstreamException QUALITY_GATE_FAILED, with both scores
   */
  static void check(
      TaskSubmitted task, Map<String, Double> metrics, Optional<ChampionMetrics> champion) {
    double score = metrics.getOrDefault("score", Double.NaN);
    if (metrics.getOrDefault("loss", 0.0).isNaN()) {
      score = Double.NaN;
    }
    TaskSubmitted.Gate gate = task.gate();
    double minGain = gate == null || gate.minGain() == null ? 0 : gate.minGain();
    check(
        task,
        score,
        "the majority's",
        metrics.getOrDefault("majority", Double.NaN),
        champion.isPresent() ? 0 : Math.max(0, minGain));
    if (champion.isPresent()) {
      check(
          task,
          score,
          "that of the champion, version " + champion.get().version() + ",",
          champion.get().metrics().getOrDefault("score", Double.NaN),
          minGain);
    }
  }

  private static void check(
      TaskSubmitted task, double score, String whose, double other, double minGain) {
    boolean mayBeWorse = minGain < 0;
    if (!((mayBeWorse || score > other) && score >= other + minGain)) {
      throw new DiffstreamException(
          ErrorCode.QUALITY_GATE_FAILED,
          String.format(
              Locale.ROOT,
              "task %s: score %.4f on the held-out rows must %s %s %.4f%s",
              task.taskId(),
              score,
              mayBeWorse ? "come up to" : "exceed",
              whose,
              other,
              minGain == 0
                  ? ""
                  : String.format(
                      Locale.ROOT, mayBeWorse ? " but for %.4f" : " by %.4f", Math.abs(minGain))));
    }
  }
}

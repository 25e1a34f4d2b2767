package dev.diffstream.worker.run;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.TaskSubmitted;
import java.util.Locale;
import java.util.Map;

/**
 * What a diff must be better than before it is published at all. The comparison with a champion is
 * the registry's, which knows it.
 */
final class QualityGate {
  private QualityGate() {}

  static void check(TaskSubmitted task, Map<String, Double> metrics) {
    double score = metrics.getOrDefault("score", Double.NaN);
    double majority = metrics.getOrDefault("majority", Double.NaN);
    TaskSubmitted.Gate gate = task.gate();
    boolean overMajority = gate == null || gate.over() == null || gate.over().equals("majority");
    double minGain = gate == null || gate.minGain() == null || !overMajority ? 0 : gate.minGain();
    if (!(score > majority && score >= majority + minGain)) {
      throw new DiffstreamException(
          ErrorCode.QUALITY_GATE_FAILED,
          String.format(
              Locale.ROOT,
              "task %s: score %.4f on the held-out rows must exceed the majority's %.4f%s",
              task.taskId(),
              score,
              majority,
              minGain > 0 ? String.format(Locale.ROOT, " by %.4f", minGain) : ""));
    }
  }
}

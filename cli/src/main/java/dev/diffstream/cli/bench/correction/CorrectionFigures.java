package dev.diffstream.cli.bench.correction;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What was measured, in seconds.
 *
 * @param retrainings in their order
 */
public record CorrectionFigures(List<Retrained> retrainings) {
  public CorrectionFigures {
    retrainings = List.copyOf(retrainings);
  }

  /**
   * A correction that was learned from.
   *
   * @param toEvent from the request of the correction to the time of the retraining's event
   * @param toServed from the event's time to the first answer of the new version
   * @param training of the run's report: from the worker's first step with the event to its report
   */
  public record Retrained(double toEvent, double toServed, double training) {
    double withoutTraining() {
      return toServed - training;
    }
  }

  /** For JSON, in this order. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("retrainings", retrainings.size());
    map.put("servedLessTrainingSeconds", ranks(Retrained::withoutTraining));
    map.put("correctionToEventSeconds", ranks(Retrained::toEvent));
    map.put("trainingSeconds", ranks(Retrained::training));
    return map;
  }

  private Map<String, Double> ranks(ToDoubleFunction<Retrained> figure) {
    double[] sorted = retrainings.stream().mapToDouble(figure).sorted().toArray();
    Map<String, Double> ranks = new LinkedHashMap<>();
    ranks.put("p50", nearest(sorted, 0.50));
    ranks.put("p99", nearest(sorted, 0.99));
    ranks.put("max", nearest(sorted, 1));
    return ranks;
  }

  /** Of few figures the 99th of a hundred is the largest. */
  private static double nearest(double[] sorted, double share) {
    int rank = (int) Math.ceil(share * sorted.length);
    return Math.round(sorted[rank - 1] * 1_000) / 1_000.0;
  }

  @Override
  public String toString() {
    return Arrays.toString(retrainings.toArray());
  }
}

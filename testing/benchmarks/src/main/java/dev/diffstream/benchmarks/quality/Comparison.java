package dev.diffstream.benchmarks.quality;

import dev.diffstream.benchmarks.statistics.PairedDifferences;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the scores say about the methods. */
public final class Comparison {
  private Comparison() {}

  /** The mean score of each method over its tasks and seeds. */
  public static Map<String, Double> meanScores(List<Score> scores) {
    Map<String, List<Double>> byMethod = new TreeMap<>();
    scores.forEach(
        score ->
            byMethod.computeIfAbsent(score.method(), m -> new ArrayList<>()).add(score.score()));
    Map<String, Double> means = new TreeMap<>();
    byMethod.forEach(
        (method, all) ->
            means.put(
                method, all.stream().mapToDouble(Double::doubleValue).average().orElseThrow()));
    return means;
  }

  /** Each method minus {@link MeasuredMethod#REFERENCE}, where both were measured. */
  public static Map<String, PairedDifferences> differencesFromFull(List<Score> scores) {
    Map<String, PairedDifferences> differences = new TreeMap<>();
    for (String method : meanScores(scores).keySet()) {
      Map<String, List<Double>> byTask = new TreeMap<>();
      for (Score score : scores) {
        if (!score.method().equals(method) || method.equals(MeasuredMethod.REFERENCE)) {
          continue;
        }
        scores.stream()
            .filter(s -> s.isOf(score.task(), MeasuredMethod.REFERENCE, score.seed()))
            .findFirst()
            .ifPresent(
                full ->
                    byTask
                        .computeIfAbsent(score.task(), t -> new ArrayList<>())
                        .add(score.score() - full.score()));
      }
      if (!byTask.isEmpty()) {
        differences.put(method, PairedDifferences.of(byTask));
      }
    }
    return differences;
  }
}

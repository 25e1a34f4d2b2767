package dev.diffstream.benchmarks.quality;

import dev.diffstream.benchmarks.statistics.PairedDifferences;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import java.util.ArrayList;
import java.util.Arrays;
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
    return differences(scores, MeasuredMethod.REFERENCE);
  }

  /** Each precision minus the same diff in fp32, where both were measured. */
  public static Map<String, PairedDifferences> differencesFromFp32(List<Score> scores) {
    Map<String, PairedDifferences> differences = differences(scores, MeasuredMethod.DIFF_PRUNING);
    differences
        .keySet()
        .removeIf(
            method ->
                !method.startsWith(MeasuredMethod.DIFF_PRUNING + "-")
                    || Arrays.stream(ValuePrecision.values())
                        .noneMatch(precision -> method.endsWith("-" + precision.text())));
    return differences;
  }

  private static Map<String, PairedDifferences> differences(List<Score> scores, String reference) {
    Map<String, PairedDifferences> differences = new TreeMap<>();
    for (String method : meanScores(scores).keySet()) {
      Map<String, List<Double>> byTask = new TreeMap<>();
      for (Score score : scores) {
        if (!score.method().equals(method) || method.equals(reference)) {
          continue;
        }
        scores.stream()
            .filter(s -> s.isOf(score.task(), reference, score.seed()))
            .findFirst()
            .ifPresent(
                other ->
                    byTask
                        .computeIfAbsent(score.task(), t -> new ArrayList<>())
                        .add(score.score() - other.score()));
      }
      if (!byTask.isEmpty()) {
        differences.put(method, PairedDifferences.of(byTask));
      }
    }
    return differences;
  }
}

package dev.diffstream.benchmarks;

import dev.diffstream.benchmarks.quality.Comparison;
import dev.diffstream.benchmarks.quality.Score;
import dev.diffstream.benchmarks.statistics.PairedDifferences;
import dev.diffstream.benchmarks.steps.StepCosts;
import dev.diffstream.benchmarks.steps.StepKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything that {@code bench learn} found out, as it stands in its JSON file.
 *
 * @param quality one entry for each task, method and seed, in the order in which they were measured
 * @param meanScore by method, percent
 * @param differenceFromFull by method, percentage points, paired by task and seed
 * @param differenceFromFp32 the same for each precision of diff pruning, against its fp32
 * @param stage1StepRatio time of a step of stage 1 over one of plain full fine-tuning
 * @param stage1PeakMemoryRatio peak resident memory of a process with stage 1 over one with plain
 *     full fine-tuning
 * @param epochSeconds an epoch of {@code settings.trainRows} rows, by kind of step
 */
public record LearnReport(
    BenchmarkSettings settings,
    Machine machine,
    List<Score> quality,
    Map<String, Double> meanScore,
    Map<String, PairedDifferences> differenceFromFull,
    Map<String, PairedDifferences> differenceFromFp32,
    @Nullable Double stage1StepRatio,
    @Nullable Double stage3StepRatio,
    @Nullable Double stage1PeakMemoryRatio,
    @Nullable Map<String, Double> epochSeconds,
    @Nullable StepCosts steps) {

  static LearnReport empty(BenchmarkSettings settings, Machine machine) {
    return new LearnReport(
        settings, machine, List.of(), Map.of(), Map.of(), Map.of(), null, null, null, null, null);
  }

  /** This and one score more. */
  LearnReport with(Score score) {
    List<Score> all = new ArrayList<>(quality);
    all.add(score);
    return new LearnReport(
        settings,
        machine,
        List.copyOf(all),
        Comparison.meanScores(all),
        Comparison.differencesFromFull(all),
        Comparison.differencesFromFp32(all),
        stage1StepRatio,
        stage3StepRatio,
        stage1PeakMemoryRatio,
        epochSeconds,
        steps);
  }

  /** This with the costs of a step. */
  LearnReport with(StepCosts costs) {
    return new LearnReport(
        settings,
        machine,
        quality,
        meanScore,
        differenceFromFull,
        differenceFromFp32,
        costs.of(StepKind.STAGE1).stepRatio(),
        costs.of(StepKind.STAGE3).stepRatio(),
        costs.of(StepKind.STAGE1).peakRatio(),
        costs.epochSeconds(settings.trainRows()),
        costs);
  }

  boolean has(String task, String method, long seed) {
    return quality.stream().anyMatch(score -> score.isOf(task, method, seed));
  }
}

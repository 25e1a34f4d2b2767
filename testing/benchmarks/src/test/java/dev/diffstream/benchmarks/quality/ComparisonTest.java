package dev.diffstream.benchmarks.quality;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.benchmarks.statistics.PairedDifferences;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static Score score(String task, String method, long seed, double score) {
    return new Score(task, method, seed, "accuracy", score, 0, 0, 0, 0, 0, 0, List.of());
  }

  @Test
  void pairsTaskWithTaskAndSeedWithSeed() {
    List<Score> scores =
        List.of(
            score("a", "full", 1, 90),
            score("a", "diff-pruning", 1, 91),
            score("a", "full", 2, 80),
            score("a", "diff-pruning", 2, 80),
            score("b", "full", 1, 50),
            score("b", "diff-pruning", 1, 52),
            score("b", "diff-pruning", 2, 99));
    Map<String, PairedDifferences> found = Comparison.differencesFromFull(scores);
    assertThat(found).containsOnlyKeys("diff-pruning");
    assertThat(found.get("diff-pruning"))
        .extracting(PairedDifferences::mean, PairedDifferences::pairs, PairedDifferences::tasks)
        .containsExactly(1.0, 3, 2);
  }

  @Test
  void meansGoOverTasksAndSeeds() {
    assertThat(
            Comparison.meanScores(
                List.of(
                    score("a", "full", 1, 90), score("a", "full", 2, 80), score("b", "x", 1, 7))))
        .containsExactlyInAnyOrderEntriesOf(Map.of("full", 85.0, "x", 7.0));
  }

  @Test
  void everyNameIsAMethod() {
    List<String> names =
        List.of(
            "diff-pruning",
            "diff-pruning-unstructured",
            "lottery-ticket",
            "fixed-mask-fish",
            "fixed-mask-snip",
            "fixed-mask-grad",
            "fixed-mask-wm",
            "fixed-mask-rand",
            "full",
            "head-only");
    assertThat(MeasuredMethod.defaults()).containsExactlyInAnyOrderElementsOf(names);
    assertThat(MeasuredMethod.names()).containsAll(names).contains("diff-pruning-int4");
    assertThat(MeasuredMethod.of(names, 1)).extracting(MeasuredMethod::name).isEqualTo(names);
  }
}

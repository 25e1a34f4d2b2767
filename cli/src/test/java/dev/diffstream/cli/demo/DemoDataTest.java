package dev.diffstream.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.cli.client.GatewayClient.Question;
import dev.diffstream.schemas.data.HeldOutSplit.Side;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DemoDataTest {
  @Test
  void everySetHasThreeHundredDistinctRowsAndBalancedLabels() {
    for (DemoTask task : DemoTask.ALL) {
      List<DemoTask.Row> rows = task.rows();
      assertThat(rows).as(task.id()).hasSizeGreaterThanOrEqualTo(300);
      Set<String> texts = new HashSet<>();
      rows.forEach(
          row ->
              assertThat(texts.add(row.question().text().toLowerCase(Locale.ROOT)))
                  .as("%s stands twice", row)
                  .isTrue());
      Map<String, Long> counts =
          rows.stream().collect(Collectors.groupingBy(DemoTask.Row::label, Collectors.counting()));
      assertThat(counts.values()).as(task.id()).allMatch(count -> count >= 50);
      assertThat(rows)
          .allMatch(row -> (row.question().textPair() != null) == task.objective().pairs());
    }
  }

  @Test
  void theQuestionsAtTheEndStandInNoSet() {
    for (DemoTask task : DemoTask.ALL) {
      assertThat(task.rows())
          .noneMatch(row -> row.question().text().equals(task.question().text()));
    }
  }

  @Test
  void theBaselineLearnsFromWordsAlone() {
    List<DemoTask.Row> training =
        List.of(
            row("good soup", "yes"),
            row("good bread", "yes"),
            row("bad soup", "no"),
            row("bad bread", "no"),
            row("bad wine", "no"));
    NaiveBayes bayes = new NaiveBayes(training);
    assertThat(bayes.predict(new Question("Good, good wine!", null))).isEqualTo("yes");
    assertThat(bayes.predict(new Question("bad soup", null))).isEqualTo("no");
    assertThat(bayes.predict(new Question("never seen", null)))
        .as("the prior decides")
        .isEqualTo("no");
    assertThat(bayes.accuracy(List.of(row("good", "yes"), row("bad", "yes")))).isEqualTo(0.5);
    assertThat(
            bayes.majority(
                List.of(row("x", "no"), row("y", "yes"), row("z", "yes"), row("w", "yes"))))
        .isEqualTo(0.25);
  }

  @Test
  void sidesPartitionTheRows() {
    DemoTask task = DemoTask.ALL.get(0);
    int sum = 0;
    for (Side side : Side.values()) {
      sum += task.rows(side).size();
    }
    assertThat(sum).isEqualTo(task.rows().size());
  }

  @Test
  void passingNeedsEveryTaskAndTwentyPoints() {
    DemoResult.Row row =
        new DemoResult.Row("t", 300, 0.5, 0.6, 0.7, 0.005, 1, 2, 3, 0.6, 1.5, "d", 30, 1);
    DemoResult.Row weak =
        new DemoResult.Row("t", 300, 0.5, 0.6, 0.69, 0.005, 1, 2, 3, null, null, "d", 30, 1);
    assertThat(new DemoResult(List.of(row, row, row), 1).passed()).isTrue();
    assertThat(new DemoResult(List.of(row, row, weak), 1).passed()).isFalse();
    assertThat(new DemoResult(List.of(row, row), 1).passed()).isFalse();
  }

  private static DemoTask.Row row(String text, String label) {
    return new DemoTask.Row(new Question(text, null), label);
  }
}

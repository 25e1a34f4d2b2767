package dev.diffstream.registry.console;

import dev.diffstream.schemas.run.Confusion;
import dev.diffstream.schemas.run.RunReport;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which labels were taken for which, as a table where there are few labels, and the commonest
 * mistakes.
 *
 * @param labels of rows and columns; empty where there are too many for a table
 * @param mistakes most rows first
 * @param otherRows that stand in no cell that is known
 */
public record ConfusionTable(
    List<String> labels, List<Row> rows, List<Confusion.Cell> mistakes, long otherRows) {
  private static final int MAX_LABELS = 20;
  private static final int MAX_MISTAKES = 30;

  /**
   * The rows of one label.
   *
   * @param counts by answered label
   */
  public record Row(String label, List<Count> counts) {}

  /** How many rows; {@code right}: whether it is the right answer. */
  public record Count(long rows, boolean right) {}

  /** Of the held-out rows of a report; empty where it does not tell. */
  public static Optional<ConfusionTable> of(RunReport report) {
    Confusion confusion = report.confusion();
    if (confusion == null) {
      return Optional.empty();
    }
    List<String> labels =
        report.data() == null || report.data().labels() == null
            ? List.of()
            : report.data().labels();
    List<String> shown = labels.size() > MAX_LABELS ? List.of() : labels;
    Map<String, Map<String, Long>> counts = new HashMap<>();
    for (Confusion.Cell cell : confusion.cells()) {
      counts
          .computeIfAbsent(cell.expected(), label -> new HashMap<>())
          .merge(cell.answered(), cell.rows(), Long::sum);
    }
    return Optional.of(
        new ConfusionTable(
            shown,
            shown.stream().map(label -> row(label, shown, counts)).toList(),
            confusion.cells().stream()
                .filter(cell -> !cell.expected().equals(cell.answered()))
                .limit(MAX_MISTAKES)
                .toList(),
            confusion.otherRows()));
  }

  private static Row row(String label, List<String> labels, Map<String, Map<String, Long>> counts) {
    Map<String, Long> answered = counts.getOrDefault(label, Map.of());
    return new Row(
        label,
        labels.stream()
            .map(other -> new Count(answered.getOrDefault(other, 0L), other.equals(label)))
            .toList());
  }
}

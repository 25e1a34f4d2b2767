package dev.diffstream.worker.data;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Where each label of a file stands first, and how often it occurs. */
final class LabelOccurrences {
  /**
   * A label's first row.
   *
   * @param count of the rows that carry it; of a tag, of all words that carry it
   */
  record Occurrence(String file, long line, int count) {
    Occurrence and(Occurrence other) {
      return new Occurrence(file, line, count + other.count);
    }
  }

  private final Map<String, Occurrence> byLabel = new LinkedHashMap<>();
  private int maxLabelsOfRow;

  void add(String file, long line, Example example) {
    if (!example.label().isEmpty()) {
      add(file, line, example.label());
    }
    example.labels().forEach(label -> add(file, line, label));
    maxLabelsOfRow = Math.max(maxLabelsOfRow, example.labels().size());
  }

  private void add(String file, long line, String label) {
    byLabel.merge(label, new Occurrence(file, line, 1), Occurrence::and);
  }

  /** The row is not learned from any more. */
  void remove(Example example) {
    if (!example.label().isEmpty()) {
      remove(example.label());
    }
    example.labels().forEach(this::remove);
  }

  private void remove(String label) {
    byLabel.computeIfPresent(
        label,
        (l, known) ->
            known.count() == 1
                ? null
                : new Occurrence(known.file(), known.line(), known.count() - 1));
  }

  void addAll(LabelOccurrences others) {
    others.byLabel.forEach((label, there) -> byLabel.merge(label, there, Occurrence::and));
    maxLabelsOfRow = Math.max(maxLabelsOfRow, others.maxLabelsOfRow);
  }

  /** In the order of their first rows. */
  Map<String, Occurrence> byLabel() {
    return byLabel;
  }

  Optional<Occurrence> of(String label) {
    return Optional.ofNullable(byLabel.get(label));
  }

  /** The size of the largest label set, or the number of tags of the longest row. */
  int maxLabelsOfRow() {
    return maxLabelsOfRow;
  }
}

package dev.diffstream.worker.data;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The usable rows of a file, or of several as one, and where their labels stand. What counts as the
 * same text says {@link dev.diffstream.schemas.data.TextIdentity}.
 */
record Rows(List<Example> examples, LabelOccurrences labels) {
  static @Nullable List<Example> examples(@Nullable Rows rows) {
    return rows == null ? null : rows.examples();
  }

  /** These rows and those of a later file, without rows of these whose text stands there too. */
  Rows overruledBy(Rows later) {
    Set<String> overruling = Partition.identities(later.examples);
    List<Example> all = new ArrayList<>(examples.size() + later.examples.size());
    for (Example row : examples) {
      if (overruling.contains(Partition.identity(row))) {
        labels.remove(row);
      } else {
        all.add(row);
      }
    }
    all.addAll(later.examples);
    labels.addAll(later.labels);
    return new Rows(all, labels);
  }

  /** By the identity of their text; of two rows about one text the later. */
  Map<String, Example> byText() {
    Map<String, Example> rows = new HashMap<>();
    examples.forEach(row -> rows.put(Partition.identity(row), row));
    return rows;
  }

  /** These rows without earlier ones about the same text. */
  Rows lastOfEachText() {
    Map<String, Example> last = byText();
    List<Example> rows = new ArrayList<>();
    for (Example row : examples) {
      if (last.get(Partition.identity(row)) == row) {
        rows.add(row);
      } else {
        labels.remove(row);
      }
    }
    return new Rows(rows, labels);
  }

  /**
   * Held-out rows as somebody corrected them. A row whose right label is not learned cannot be held
   * out: it is left to the training rows.
   *
   * @param corrections by the identity of their text
   * @param train the rows that the corrections belong to
   */
  Rows correctedBy(Map<String, Example> corrections, Rows train) {
    Set<String> heldOut = Partition.identities(examples);
    Set<String> learned = new HashSet<>();
    for (Example row : train.examples) {
      if (!heldOut.contains(Partition.identity(row))) {
        learned.add(row.label());
      }
    }
    List<Example> corrected = new ArrayList<>();
    for (Example row : examples) {
      Example correction = corrections.getOrDefault(Partition.identity(row), row);
      if (correction == row || learned.contains(correction.label())) {
        corrected.add(correction);
      }
    }
    return new Rows(corrected, labels);
  }
}

package dev.diffstream.worker.data;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One example with what it is labelled with; the parts that its objective has no use for are empty.
 *
 * @param label the name of a class
 * @param value the number to predict; 0 for other objectives
 * @param labels a set of labels in ascending order, or a tag for each word
 */
public record Example(
    String text, @Nullable String textPair, String label, float value, List<String> labels) {
  public Example {
    labels = List.copyOf(labels);
  }

  public Example(String text, @Nullable String textPair, String label, float value) {
    this(text, textPair, label, value, List.of());
  }
}

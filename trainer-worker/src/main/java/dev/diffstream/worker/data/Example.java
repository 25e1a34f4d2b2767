package dev.diffstream.worker.data;

import dev.diffstream.base.input.TensorInput;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One example with its label; the parts that its objective does not use are empty.
 *
 * @param text what identifies it: the text, or a digest of the tensors
 * @param label the name of a class
 * @param value the number to predict; 0 for other objectives
 * @param labels a set of labels in ascending order, or a tag for each word
 * @param tensors in place of a text, for bases that take them
 */
public record Example(
    String text,
    @Nullable String textPair,
    String label,
    float value,
    List<String> labels,
    @Nullable TensorInput tensors) {
  public Example {
    labels = List.copyOf(labels);
  }

  public Example(String text, @Nullable String textPair, String label, float value) {
    this(text, textPair, label, value, List.of());
  }

  public Example(
      String text, @Nullable String textPair, String label, float value, List<String> labels) {
    this(text, textPair, label, value, labels, null);
  }

  Example with(TensorInput input) {
    return new Example(text, textPair, label, value, labels, input);
  }
}

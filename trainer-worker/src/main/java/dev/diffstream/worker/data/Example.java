package dev.diffstream.worker.data;

import dev.diffstream.base.TensorInput;
import org.jspecify.annotations.Nullable;

/**
 * One labelled example.
 *
 * @param text what tells it apart from others: the text, or a digest of the tensors
 * @param label the name of a class; empty for regression
 * @param value the number to predict; 0 for classification
 * @param tensors in place of a text, for bases that take them
 */
public record Example(
    String text,
    @Nullable String textPair,
    String label,
    float value,
    @Nullable TensorInput tensors) {
  public Example(String text, @Nullable String textPair, String label, float value) {
    this(text, textPair, label, value, null);
  }
}

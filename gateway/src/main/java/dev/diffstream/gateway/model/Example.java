package dev.diffstream.gateway.model;

import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.input.TensorInput;
import dev.diffstream.base.input.WordEncoding;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One example that a request asks about. */
public sealed interface Example {
  /** A text, or a pair of texts. */
  record OfText(String text, @Nullable String textPair) implements Example {}

  /**
   * A text, or a pair, as tokens.
   *
   * @param text the text, also where it has more tokens than the model sees; of a text that is far
   *     longer, its beginning
   * @param words where its words begin, for objectives that tag them
   */
  record OfTokens(String text, Encoding encoding, @Nullable WordEncoding words, boolean truncated)
      implements Example {}

  /** Tensors, for bases that take them. */
  record OfTensors(TensorInput tensors) implements Example {}

  /** Whether the model does not see its end. */
  default boolean isTruncated() {
    return this instanceof OfTokens tokens && tokens.truncated();
  }

  /**
   * @param pairs the second texts, one for each of {@code texts}, or null
   */
  static List<Example> texts(List<String> texts, @Nullable List<String> pairs) {
    List<Example> examples = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      examples.add(new OfText(texts.get(i), pairs == null ? null : pairs.get(i)));
    }
    return examples;
  }
}

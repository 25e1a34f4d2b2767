package dev.diffstream.base.input;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The token with the largest id that a {@code tokenizer.json} can give.
 *
 * @param text the token, as the file spells it
 */
record LargestToken(String text, long id) {
  private static final int MAX_TEXT_CHARS = 60;

  LargestToken {
    text = text.length() <= MAX_TEXT_CHARS ? text : text.substring(0, MAX_TEXT_CHARS) + "…";
  }

  /**
   * Finds it among the vocabulary (an object of ids, or the list of pieces of a Unigram model) and
   * the added tokens. An added token that is not in the vocabulary gets the next free id when the
   * tokeniser is loaded, whatever id the file gives it; the larger of the two counts.
   */
  static LargestToken find(JsonNode file) {
    JsonNode vocab = file.path("model").path("vocab");
    LargestToken largest = new LargestToken("", -1);
    Set<String> known = new HashSet<>();
    for (Map.Entry<String, JsonNode> entry : vocab.properties()) {
      known.add(entry.getKey());
      largest = largest.orLarger(entry.getKey(), entry.getValue().asLong());
    }
    if (vocab.isArray()) {
      vocab.forEach(piece -> known.add(piece.path(0).asText()));
      largest = largest.orLarger(vocab.path(vocab.size() - 1).path(0).asText(), vocab.size() - 1);
    }
    long nextFree = vocab.size();
    for (JsonNode added : file.path("added_tokens")) {
      String text = added.path("content").asText();
      if (known.add(text)) {
        largest = largest.orLarger(text, Math.max(added.path("id").asLong(), nextFree++));
      }
    }
    return largest;
  }

  private LargestToken orLarger(String otherText, long otherId) {
    return otherId > id ? new LargestToken(otherText, otherId) : this;
  }
}

package dev.diffstream.base.input;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;

/** Finds the mask token in a {@code tokenizer.json}. */
final class MaskToken {
  private static final List<String> NAMES = List.of("[MASK]", "<mask>");

  private MaskToken() {}

  /** Its text and id; empty if there is none. */
  static Map<String, Integer> find(JsonNode file) {
    for (JsonNode added : file.path("added_tokens")) {
      if (NAMES.contains(added.path("content").asText())) {
        return Map.of(added.path("content").asText(), added.path("id").asInt());
      }
    }
    JsonNode vocab = file.path("model").path("vocab");
    for (String name : NAMES) {
      if (vocab.path(name).isInt()) {
        return Map.of(name, vocab.path(name).asInt());
      }
    }
    return Map.of();
  }
}

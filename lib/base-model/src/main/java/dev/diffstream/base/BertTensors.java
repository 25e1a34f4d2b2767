package dev.diffstream.base;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The tensors of a BERT encoder: their canonical Hugging Face names, their shapes, their order. */
final class BertTensors {
  private static final Pattern IGNORED =
      Pattern.compile("(pooler|cls|classifier|qa_outputs|dropout)\\..*|embeddings\\.position_ids");
  private static final List<String> EMBEDDINGS =
      List.of(
          "embeddings.word_embeddings.weight",
          "embeddings.position_embeddings.weight",
          "embeddings.token_type_embeddings.weight",
          "embeddings.LayerNorm.weight",
          "embeddings.LayerNorm.bias");
  private static final List<String> LAYER =
      List.of(
          "attention.self.query.weight",
          "attention.self.query.bias",
          "attention.self.key.weight",
          "attention.self.key.bias",
          "attention.self.value.weight",
          "attention.self.value.bias",
          "attention.output.dense.weight",
          "attention.output.dense.bias",
          "attention.output.LayerNorm.weight",
          "attention.output.LayerNorm.bias",
          "intermediate.dense.weight",
          "intermediate.dense.bias",
          "output.dense.weight",
          "output.dense.bias",
          "output.LayerNorm.weight",
          "output.LayerNorm.bias");

  private BertTensors() {}

  /** Canonical name to shape, in the canonical order: by name, as {@link String#compareTo}. */
  static SortedMap<String, List<Integer>> shapes(Architecture architecture) {
    SortedMap<String, List<Integer>> shapes = new TreeMap<>();
    for (String name : scriptOrder(architecture)) {
      shapes.put(name, shape(name, architecture));
    }
    return Collections.unmodifiableSortedMap(shapes);
  }

  /** The names in the order in which {@link EncoderScript} indexes its weights. */
  static List<String> scriptOrder(Architecture architecture) {
    List<String> names = new ArrayList<>(EMBEDDINGS);
    for (int layer = 0; layer < architecture.layers(); layer++) {
      for (String name : LAYER) {
        names.add("encoder.layer." + layer + "." + name);
      }
    }
    return names;
  }

  /**
   * The canonical name of a tensor in a file: without {@code bert.}, with {@code weight} and {@code
   * bias} for the {@code gamma} and {@code beta} of old files. Empty for what is no part of a base:
   * pooler, task heads, position ids.
   */
  static Optional<String> canonical(String name) {
    String bare = name.startsWith("bert.") ? name.substring("bert.".length()) : name;
    if (IGNORED.matcher(bare).matches()) {
      return Optional.empty();
    }
    if (bare.endsWith("LayerNorm.gamma")) {
      return Optional.of(bare.substring(0, bare.length() - "gamma".length()) + "weight");
    }
    if (bare.endsWith("LayerNorm.beta")) {
      return Optional.of(bare.substring(0, bare.length() - "beta".length()) + "bias");
    }
    return Optional.of(bare);
  }

  private static List<Integer> shape(String name, Architecture a) {
    if (name.endsWith("word_embeddings.weight")) {
      return List.of(a.vocab(), a.hidden());
    }
    if (name.endsWith("position_embeddings.weight")) {
      return List.of(a.maxPositions(), a.hidden());
    }
    if (name.endsWith("token_type_embeddings.weight")) {
      return List.of(a.typeVocab(), a.hidden());
    }
    if (name.endsWith("intermediate.dense.weight")) {
      return List.of(a.intermediate(), a.hidden());
    }
    if (name.endsWith("intermediate.dense.bias")) {
      return List.of(a.intermediate());
    }
    if (name.contains("LayerNorm") || name.endsWith(".bias")) {
      return List.of(a.hidden());
    }
    return name.contains(".attention.")
        ? List.of(a.hidden(), a.hidden())
        : List.of(a.hidden(), a.intermediate());
  }
}

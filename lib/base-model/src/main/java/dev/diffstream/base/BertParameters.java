package dev.diffstream.base;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The canonical names and shapes of a BERT encoder's parameters. */
final class BertParameters {
  private BertParameters() {}

  static TreeMap<String, List<Integer>> shapes(Architecture a) {
    TreeMap<String, List<Integer>> shapes = new TreeMap<>();
    shapes.put("embeddings.word_embeddings.weight", List.of(a.vocabulary(), a.hidden()));
    shapes.put("embeddings.position_embeddings.weight", List.of(a.maxPositions(), a.hidden()));
    shapes.put("embeddings.token_type_embeddings.weight", List.of(a.tokenTypes(), a.hidden()));
    layerNorm(shapes, "embeddings.LayerNorm", a.hidden());
    for (int i = 0; i < a.layers(); i++) {
      String at = "encoder.layer." + i + ".";
      for (String part :
          List.of(
              "attention.self.query",
              "attention.self.key",
              "attention.self.value",
              "attention.output.dense")) {
        linear(shapes, at + part, a.hidden(), a.hidden());
      }
      layerNorm(shapes, at + "attention.output.LayerNorm", a.hidden());
      linear(shapes, at + "intermediate.dense", a.intermediate(), a.hidden());
      linear(shapes, at + "output.dense", a.hidden(), a.intermediate());
      layerNorm(shapes, at + "output.LayerNorm", a.hidden());
    }
    return shapes;
  }

  /**
   * Fails with BASE_UNKNOWN unless {@code tensors} are exactly the parameters of {@code
   * architecture}.
   */
  static void check(Architecture architecture, Map<String, RawTensor> tensors) {
    TreeMap<String, List<Integer>> shapes = shapes(architecture);
    shapes.forEach(
        (name, shape) -> {
          RawTensor tensor = tensors.get(name);
          if (tensor == null || !tensor.shape().equals(shape)) {
            throw new DiffstreamException(
                ErrorCode.BASE_UNKNOWN,
                "the base needs "
                    + name
                    + " of shape "
                    + shape
                    + ", got: "
                    + (tensor == null ? "none" : tensor.shape()));
          }
        });
    tensors.keySet().stream()
        .filter(name -> !shapes.containsKey(name))
        .findFirst()
        .ifPresent(
            name -> {
              throw new DiffstreamException(
                  ErrorCode.BASE_UNKNOWN, "the base has a tensor that BERT does not: " + name);
            });
  }

  private static void linear(Map<String, List<Integer>> shapes, String name, int out, int in) {
    shapes.put(name + ".weight", List.of(out, in));
    shapes.put(name + ".bias", List.of(out));
  }

  private static void layerNorm(Map<String, List<Integer>> shapes, String name, int size) {
    shapes.put(name + ".weight", List.of(size));
    shapes.put(name + ".bias", List.of(size));
  }
}

package dev.diffstream.worker.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.base.input.TensorInput;
import dev.diffstream.base.input.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * The field {@code input} of a JSON record, for bases that take tensors: an array of numbers, flat
 * or nested as the shape says; with several inputs an object of such arrays by their names.
 */
final class TensorField {
  static final String NAME = "input";

  private final List<TensorSpec> specs;

  TensorField(List<TensorSpec> specs) {
    this.specs = List.copyOf(specs);
  }

  /**
   * @throws IllegalArgumentException with what was expected, if the values are not of the shape
   */
  TensorInput read(JsonNode field) {
    List<float[]> values = new ArrayList<>();
    for (TensorSpec spec : specs) {
      JsonNode array = specs.size() == 1 && !field.isObject() ? field : field.path(spec.name());
      if (!array.isArray()) {
        throw new IllegalArgumentException(
            "input %s: expected an array of shape %s, got %s"
                .formatted(spec.name(), spec.shape(), array.getNodeType()));
      }
      if (array.path(0).isArray()) {
        checkShape(spec, array, 0, array);
      }
      values.add(floats(spec, array));
    }
    return TensorInput.of(specs, values);
  }

  private static void checkShape(TensorSpec spec, JsonNode node, int depth, JsonNode whole) {
    List<Integer> shape = spec.shape();
    boolean right =
        depth == shape.size()
            ? node.isNumber()
            : node.isArray() && (node.size() == shape.get(depth) || (depth == 0 && spec.varies()));
    if (!right) {
      throw new IllegalArgumentException(
          "input %s: expected shape %s, got %s".formatted(spec.name(), shape, shapeOf(whole)));
    }
    if (depth < shape.size()) {
      for (JsonNode element : node) {
        checkShape(spec, element, depth + 1, whole);
      }
    }
  }

  /** The lengths along the first elements; of an uneven array only a part of the truth. */
  private static List<Integer> shapeOf(JsonNode array) {
    List<Integer> shape = new ArrayList<>();
    for (JsonNode node = array; node.isArray(); node = node.path(0)) {
      shape.add(node.size());
    }
    return shape;
  }

  private static float[] floats(TensorSpec spec, JsonNode array) {
    List<Float> values = new ArrayList<>();
    flatten(spec, array, values);
    float[] floats = new float[values.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = values.get(i);
    }
    return floats;
  }

  private static void flatten(TensorSpec spec, JsonNode array, List<Float> values) {
    for (JsonNode element : array) {
      if (element.isArray()) {
        flatten(spec, element, values);
      } else if (element.isNumber()) {
        values.add((float) element.asDouble());
      } else {
        throw new IllegalArgumentException(
            "input %s: expected numbers, got %s".formatted(spec.name(), element));
      }
    }
  }
}

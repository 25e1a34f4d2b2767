package dev.diffstream.gateway.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.base.input.TensorInput;
import dev.diffstream.base.input.TensorSpec;
import dev.diffstream.gateway.model.Example;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The FP32 inputs of a request for a base that takes tensors: each named as the base names it, of
 * shape n and then the shape of one example. A dimension that varies is the same for all n of one
 * request.
 */
final class TensorInputs {
  private record Values(float[] all, int examples) {}

  private final List<TensorSpec> specs;
  private final int most;
  private final Map<String, Values> found = new LinkedHashMap<>();

  /**
   * @param most examples of a request
   */
  TensorInputs(List<TensorSpec> specs, int most) {
    this.specs = specs;
    this.most = most;
  }

  /** Takes the next input of the request. */
  void add(JsonNode input, BinaryTensors binary) {
    String name = input.path("name").asText();
    TensorSpec spec =
        specs.stream()
            .filter(candidate -> candidate.name().equals(name))
            .findFirst()
            .orElseThrow(() -> invalid("inputs are " + names() + ", got: \"" + name + "\""));
    if (!input.path("datatype").asText().equals("FP32")) {
      throw invalid(
          "input \"" + name + "\" must have datatype FP32, got: " + input.path("datatype"));
    }
    JsonNode shape = input.path("shape");
    int count = count(spec, shape);
    JsonNode size = input.path("parameters").path("binary_data_size");
    float[] all =
        size.isMissingNode()
            ? fromJson(name, input.path("data"), count)
            : binary.takeFloats(name, size, count);
    if (found.put(name, new Values(all, shape.path(0).intValue())) != null) {
      throw invalid("input \"" + name + "\" stands twice in the request");
    }
  }

  /** The examples of the request, each with its part of every input. */
  List<Example> examples() {
    if (!found.keySet().equals(Set.copyOf(names()))) {
      throw invalid("expected the inputs " + names() + ", got " + found.keySet());
    }
    int count = found.values().iterator().next().examples();
    List<Example> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<float[]> values = new ArrayList<>();
      for (TensorSpec spec : specs) {
        Values input = java.util.Objects.requireNonNull(found.get(spec.name()));
        if (input.examples() != count) {
          throw invalid("the inputs " + names() + " hold different numbers of examples");
        }
        int row = input.all().length / count;
        values.add(Arrays.copyOfRange(input.all(), i * row, (i + 1) * row));
      }
      examples.add(example(values));
    }
    return examples;
  }

  private Example example(List<float[]> values) {
    try {
      return new Example.OfTensors(TensorInput.of(specs, values));
    } catch (IllegalArgumentException e) {
      throw new DiffstreamException(ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()), e);
    }
  }

  /** The number of values of a shape [n, one example's dimensions]. */
  private int count(TensorSpec spec, JsonNode shape) {
    boolean right = shape.isArray() && shape.size() == spec.shape().size() + 1;
    long count = 1;
    for (int i = 0; right && i < shape.size(); i++) {
      int expected = i == 0 ? TensorSpec.VARIES : spec.shape().get(i - 1);
      int actual = shape.get(i).canConvertToInt() ? shape.get(i).intValue() : 0;
      right = actual >= 1 && (expected == TensorSpec.VARIES || actual == expected);
      count = Math.min(count * Math.max(actual, 1), Integer.MAX_VALUE);
    }
    if (!right) {
      throw invalid(
          "input \""
              + spec.name()
              + "\" must have shape [n] and then "
              + spec.shape()
              + ", got: "
              + shape);
    }
    if (shape.get(0).intValue() > most) {
      throw invalid("a request holds 1 to " + most + " examples, got " + shape.get(0));
    }
    return (int) count;
  }

  private static float[] fromJson(String name, JsonNode data, int count) {
    if (!data.isArray()) {
      throw invalid("input \"" + name + "\" has neither data nor binary_data_size");
    }
    List<Float> values = new ArrayList<>();
    flatten(name, data, values);
    if (values.size() != count) {
      throw invalid(
          "input \"" + name + "\": expected " + count + " elements, got " + values.size());
    }
    float[] all = new float[count];
    for (int i = 0; i < count; i++) {
      all[i] = values.get(i);
    }
    return all;
  }

  private static void flatten(String name, JsonNode data, List<Float> values) {
    for (JsonNode element : data) {
      if (element.isArray()) {
        flatten(name, element, values);
      } else if (element.isNumber()) {
        values.add((float) element.doubleValue());
      } else {
        throw invalid("input \"" + name + "\" must hold numbers, got: " + element);
      }
    }
  }

  private List<String> names() {
    return specs.stream().map(TensorSpec::name).toList();
  }

  private static DiffstreamException invalid(String message) {
    return new DiffstreamException(ErrorCode.INVALID_REQUEST, message);
  }
}

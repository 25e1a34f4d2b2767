package dev.diffstream.gateway.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.base.input.TensorSpec;
import dev.diffstream.gateway.model.Example;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An inference request of the Open Inference Protocol: JSON, optionally followed by raw tensors
 * (the binary tensor data extension). Unknown fields are ignored.
 *
 * @param pairs whether the examples are pairs of texts
 * @param timeout after which the answer is of no use; zero for none
 */
public record InferRequest(
    @Nullable String id,
    List<Example> examples,
    boolean pairs,
    RequestedOutputs requested,
    Duration timeout) {
  static final String TEXT = "text";
  static final String TEXT_PAIR = "text_pair";
  private static final long MAX_TIMEOUT_MICROS = 86_400_000_000L; // a day

  /**
   * Reads a body; the first {@code jsonLength} bytes are JSON, the rest raw tensors.
   *
   * @param jsonLength as the header {@code Inference-Header-Content-Length} says; negative: all
   * @param most examples of a request
   * @param tensors what the base takes in place of texts; none: texts
   */
  public static InferRequest read(byte[] body, int jsonLength, int most, List<TensorSpec> tensors) {
    if (jsonLength > body.length) {
      throw invalid(
          BinaryTensors.HEADER
              + " says "
              + jsonLength
              + " bytes of JSON, the body has "
              + body.length);
    }
    int split = jsonLength < 0 ? body.length : jsonLength;
    JsonNode json = RequestJson.parse(Arrays.copyOf(body, split));
    BinaryTensors binary = new BinaryTensors(body, split);
    if (tensors.isEmpty()) {
      return texts(json, binary, most);
    }
    TensorInputs inputs = new TensorInputs(tensors, most);
    for (JsonNode input : array(json, "inputs")) {
      inputs.add(input, binary);
    }
    binary.expectEnd();
    return of(json, inputs.examples(), false);
  }

  private static InferRequest of(JsonNode json, List<Example> examples, boolean pairs) {
    return new InferRequest(
        id(json.path("id")),
        examples,
        pairs,
        RequestedOutputs.read(json),
        timeout(json.path("parameters").path("timeout")));
  }

  /** Names of the outputs asked for; empty: all. */
  public Set<String> outputs() {
    return requested.names();
  }

  private static @Nullable String id(JsonNode id) {
    if (id.isMissingNode() || id.isNull()) {
      return null;
    }
    if (!id.isTextual() && !id.isIntegralNumber()) {
      throw invalid("id must be a string, got: " + id);
    }
    return id.asText();
  }

  private static InferRequest texts(JsonNode json, BinaryTensors binary, int most) {
    List<String> texts = null;
    List<String> pairs = null;
    for (JsonNode input : array(json, "inputs")) {
      String name = input.path("name").asText();
      List<String> values =
          TextContent.of(name, json.path("parameters"), input.path("parameters"))
              .decode(values(name, input, binary));
      switch (name) {
        case TEXT -> texts = once(name, texts, values);
        case TEXT_PAIR -> pairs = once(name, pairs, values);
        default -> throw invalid("inputs are text and text_pair, got: \"" + name + "\"");
      }
    }
    binary.expectEnd();
    return of(json, Example.texts(checked(texts, pairs, most), pairs), pairs != null);
  }

  private static List<String> checked(
      @Nullable List<String> texts, @Nullable List<String> pairs, int maxTexts) {
    if (texts == null) {
      throw invalid("expected an input \"text\" of datatype BYTES and shape [n], got none");
    }
    if (texts.isEmpty() || texts.size() > maxTexts) {
      throw invalid("a request holds 1 to " + maxTexts + " texts, got " + texts.size());
    }
    if (pairs != null && pairs.size() != texts.size()) {
      throw invalid(
          "text_pair must have as many elements as text, "
              + texts.size()
              + ", got "
              + pairs.size());
    }
    return texts;
  }

  private static List<String> once(
      String name, @Nullable List<String> before, List<String> values) {
    if (before != null) {
      throw invalid("input \"" + name + "\" stands twice in the request");
    }
    return values;
  }

  private static List<String> values(String name, JsonNode input, BinaryTensors binary) {
    if (!input.path("datatype").asText().equals("BYTES")) {
      throw invalid(
          "input \"" + name + "\" must have datatype BYTES, got: " + input.path("datatype"));
    }
    long count = elements(name, input.path("shape"));
    JsonNode size = input.path("parameters").path("binary_data_size");
    List<String> values =
        size.isMissingNode() ? fromJson(name, input.path("data")) : binary.take(name, size, count);
    if (values.size() != count) {
      throw invalid(
          "input \""
              + name
              + "\" has shape "
              + input.path("shape")
              + " but "
              + values.size()
              + " elements");
    }
    return values;
  }

  /** The number of elements of a shape [n] or [n,1]. */
  private static long elements(String name, JsonNode shape) {
    boolean known =
        shape.isArray()
            && (shape.size() == 1 || (shape.size() == 2 && shape.path(1).asLong() == 1))
            && shape.path(0).canConvertToExactIntegral()
            && shape.path(0).asLong() >= 0;
    if (!known) {
      throw invalid("input \"" + name + "\" must have shape [n] or [n,1], got: " + shape);
    }
    return shape.path(0).asLong();
  }

  private static List<String> fromJson(String name, JsonNode data) {
    if (!data.isArray()) {
      throw invalid("input \"" + name + "\" has neither data nor binary_data_size");
    }
    List<String> values = new ArrayList<>();
    flatten(name, data, values);
    return values;
  }

  private static void flatten(String name, JsonNode data, List<String> values) {
    for (JsonNode element : data) {
      if (element.isArray()) {
        flatten(name, element, values);
      } else if (element.isTextual()) {
        values.add(element.textValue());
      } else {
        throw invalid("input \"" + name + "\" must hold strings, got: " + element);
      }
    }
  }

  private static Duration timeout(JsonNode micros) {
    if (micros.isMissingNode()) {
      return Duration.ZERO;
    }
    if (!micros.canConvertToLong() || !micros.isIntegralNumber() || micros.longValue() < 0) {
      throw invalid(
          "the parameter timeout must be a number of microseconds, got: "
              + Bounded.value(micros.toString()));
    }
    return Duration.of(Math.min(micros.longValue(), MAX_TIMEOUT_MICROS), ChronoUnit.MICROS);
  }

  private static JsonNode array(JsonNode json, String name) {
    JsonNode array = json.path(name);
    if (!array.isArray()) {
      throw invalid(
          "expected an array \"" + name + "\", got: " + (array.isMissingNode() ? "none" : array));
    }
    return array;
  }

  private static DiffstreamException invalid(String message) {
    return new DiffstreamException(ErrorCode.INVALID_REQUEST, message);
  }
}

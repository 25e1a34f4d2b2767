package dev.diffstream.gateway.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of an inference request: JSON, optionally followed by raw tensors in the order of
 * its inputs (the binary tensor data extension). Unknown fields are ignored.
 */
public final class JsonInferReader {
  /** The header with the length of the JSON, of requests and answers. */
  public static final String HEADER = "Inference-Header-Content-Length";

  private static final String BINARY_SIZE = "binary_data_size";

  private final JsonNode json;
  private final ByteBuffer raw;

  private JsonInferReader(JsonNode json, ByteBuffer raw) {
    this.json = json;
    this.raw = raw;
  }

  /**
   * @param jsonLength how many bytes of {@code body} are JSON, as {@link #HEADER} says; negative:
   *     all
   */
  public static InferMessage read(byte[] body, int jsonLength) {
    if (jsonLength > body.length) {
      throw invalid(HEADER + " says " + jsonLength + " bytes of JSON, the body has " + body.length);
    }
    int split = jsonLength < 0 ? body.length : jsonLength;
    JsonNode json = RequestJson.parse(Arrays.copyOf(body, split));
    return new JsonInferReader(json, ByteBuffer.wrap(body, split, body.length - split)).message();
  }

  private InferMessage message() {
    List<InputTensor> inputs = new ArrayList<>();
    for (JsonNode input : array("inputs")) {
      inputs.add(input(input));
    }
    if (raw.hasRemaining()) {
      throw invalid("the request has " + raw.remaining() + " bytes after its last tensor");
    }
    return new InferMessage(id(), parameters(json), inputs, outputs());
  }

  private @Nullable String id() {
    JsonNode id = json.path("id");
    if (id.isMissingNode() || id.isNull()) {
      return null;
    }
    if (!id.isTextual() && !id.isIntegralNumber()) {
      throw invalid("id must be a string, got: " + shown(id));
    }
    return id.asText();
  }

  private List<InferMessage.Output> outputs() {
    JsonNode outputs = json.path("outputs");
    if (outputs.isMissingNode() || outputs.isNull()) {
      return List.of();
    }
    List<InferMessage.Output> wanted = new ArrayList<>();
    for (JsonNode output : array("outputs")) {
      wanted.add(new InferMessage.Output(output.path("name").asText(), parameters(output)));
    }
    return wanted;
  }

  private InputTensor input(JsonNode input) {
    String name = input.path("name").asText();
    String datatype = input.path("datatype").asText();
    return new InputTensor(
        name, datatype, shape(name, input), parameters(input), data(name, datatype, input));
  }

  private static List<Long> shape(String name, JsonNode input) {
    JsonNode shape = input.path("shape");
    List<Long> dimensions = new ArrayList<>();
    for (JsonNode dimension : shape) {
      if (dimension.canConvertToExactIntegral() && dimension.canConvertToLong()) {
        dimensions.add(dimension.longValue());
      }
    }
    if (!shape.isArray() || dimensions.size() != shape.size()) {
      throw InputTensor.invalid(
          name, "shape must be an array of whole numbers, got: " + shown(shape));
    }
    return dimensions;
  }

  private TensorData data(String name, String datatype, JsonNode input) {
    JsonNode size = input.path("parameters").path(BINARY_SIZE);
    if (!size.isMissingNode()) {
      return new TensorData.Raw(next(name, size));
    }
    JsonNode data = input.path("data");
    if (data.isMissingNode()) {
      return new TensorData.Absent();
    }
    if (!data.isArray()) {
      return new TensorData.Unreadable("data must be an array, got: " + shown(data));
    }
    return switch (datatype) {
      case InferRequest.BYTES -> texts(data);
      case InferRequest.FP32 -> floats(data);
      default -> new TensorData.Absent();
    };
  }

  private ByteBuffer next(String name, JsonNode size) {
    if (!size.canConvertToInt() || size.intValue() < 0 || size.intValue() > raw.remaining()) {
      throw InputTensor.invalid(
          name, BINARY_SIZE + " is " + shown(size) + ", but " + raw.remaining() + " are left");
    }
    ByteBuffer tensor = raw.slice(raw.position(), size.intValue());
    raw.position(raw.position() + size.intValue());
    return tensor;
  }

  private static TensorData texts(JsonNode data) {
    List<String> values = new ArrayList<>();
    for (JsonNode element : flat(data)) {
      if (!element.isTextual()) {
        return new TensorData.Unreadable("must hold strings, got: " + shown(element));
      }
      values.add(element.textValue());
    }
    return new TensorData.Texts(values);
  }

  private static TensorData floats(JsonNode data) {
    List<JsonNode> elements = flat(data);
    float[] values = new float[elements.size()];
    for (int i = 0; i < values.length; i++) {
      if (!elements.get(i).isNumber()) {
        return new TensorData.Unreadable("must hold numbers, got: " + shown(elements.get(i)));
      }
      values[i] = (float) elements.get(i).doubleValue();
    }
    return new TensorData.Floats(values);
  }

  private static List<JsonNode> flat(JsonNode data) {
    List<JsonNode> elements = new ArrayList<>();
    flatten(data, elements);
    return elements;
  }

  private static void flatten(JsonNode data, List<JsonNode> elements) {
    for (JsonNode element : data) {
      if (element.isArray()) {
        flatten(element, elements);
      } else {
        elements.add(element);
      }
    }
  }

  private static Parameters parameters(JsonNode holder) {
    Map<String, Object> values = new HashMap<>();
    for (Map.Entry<String, JsonNode> field : holder.path("parameters").properties()) {
      values.put(field.getKey(), scalar(field.getValue()));
    }
    return new Parameters(values);
  }

  private static Object scalar(JsonNode value) {
    if (value.isTextual()) {
      return value.textValue();
    }
    if (value.isBoolean()) {
      return value.booleanValue();
    }
    if (value.isIntegralNumber() && value.canConvertToLong()) {
      return value.longValue();
    }
    return value.isFloatingPointNumber() ? (Object) value.doubleValue() : value;
  }

  private JsonNode array(String name) {
    JsonNode array = json.path(name);
    if (!array.isArray()) {
      throw invalid(
          "expected an array \""
              + name
              + "\", got: "
              + (array.isMissingNode() ? "none" : shown(array)));
    }
    return array;
  }

  private static String shown(JsonNode node) {
    return Bounded.value(node.toString());
  }

  private static DiffstreamException invalid(String message) {
    return new DiffstreamException(ErrorCode.INVALID_REQUEST, message);
  }
}

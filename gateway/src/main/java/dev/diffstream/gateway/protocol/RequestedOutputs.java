package dev.diffstream.gateway.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The outputs that a request asks for.
 *
 * @param binary by name, whether it is wanted as raw bytes; empty: all outputs
 * @param binaryByDefault whether outputs are wanted as raw bytes where none is named
 */
record RequestedOutputs(Map<String, Boolean> binary, boolean binaryByDefault) {
  RequestedOutputs {
    binary = new LinkedHashMap<>(binary);
  }

  static RequestedOutputs read(JsonNode json) {
    boolean byDefault =
        truth(
            "the parameter binary_data_output",
            json.path("parameters").path("binary_data_output"),
            false);
    JsonNode outputs = json.path("outputs");
    if (!outputs.isArray() && !outputs.isMissingNode() && !outputs.isNull()) {
      throw invalid("outputs must be an array, got: " + Bounded.value(outputs.toString()));
    }
    Map<String, Boolean> binary = new LinkedHashMap<>();
    for (JsonNode output : outputs) {
      String name = output.path("name").asText();
      JsonNode parameters = output.path("parameters");
      if (parameters.path("classification").asInt(0) != 0) {
        throw invalid(named(name) + "the parameter classification (class_count) is not supported");
      }
      if (parameters.has("shared_memory_region")) {
        throw invalid(named(name) + "shared memory is not supported");
      }
      binary.put(
          name,
          truth(
              named(name) + "the parameter binary_data",
              parameters.path("binary_data"),
              byDefault));
    }
    return new RequestedOutputs(binary, byDefault);
  }

  Set<String> names() {
    return binary.keySet();
  }

  boolean includes(String name) {
    return binary.isEmpty() || binary.containsKey(name);
  }

  boolean asBinary(String name) {
    return binary.getOrDefault(name, binaryByDefault);
  }

  private static boolean truth(String what, JsonNode value, boolean absent) {
    if (!value.isMissingNode() && !value.isBoolean()) {
      throw invalid(what + " must be true or false, got: " + Bounded.value(value.toString()));
    }
    return value.asBoolean(absent);
  }

  private static String named(String output) {
    return "output \"" + Bounded.value(output) + "\": ";
  }

  private static DiffstreamException invalid(String message) {
    return new DiffstreamException(ErrorCode.INVALID_REQUEST, message);
  }
}

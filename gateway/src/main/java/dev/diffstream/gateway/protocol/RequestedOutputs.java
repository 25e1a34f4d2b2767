package dev.diffstream.gateway.protocol;

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

  static RequestedOutputs of(InferMessage message) {
    boolean byDefault =
        message.parameters().flag("the parameter binary_data_output", "binary_data_output", false);
    Map<String, Boolean> binary = new LinkedHashMap<>();
    for (InferMessage.Output output : message.outputs()) {
      String named = "output \"" + Bounded.value(output.name()) + "\": ";
      Parameters parameters = output.parameters();
      if (!parameters.values().getOrDefault("classification", 0L).equals(0L)) {
        throw invalid(named + "the parameter classification (class_count) is not supported");
      }
      if (parameters.has("shared_memory_region")) {
        throw invalid(named + "shared memory is not supported");
      }
      String parameter = named + "the parameter binary_data";
      binary.put(output.name(), parameters.flag(parameter, "binary_data", byDefault));
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

  private static DiffstreamException invalid(String message) {
    return new DiffstreamException(ErrorCode.INVALID_REQUEST, message);
  }
}

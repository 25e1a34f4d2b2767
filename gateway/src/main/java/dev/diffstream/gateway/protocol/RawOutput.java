package dev.diffstream.gateway.protocol;

import dev.diffstream.gateway.output.OutputTensor;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;

/**
 * An output whose data stands behind the JSON of an answer, as {@link RawTensors} says.
 *
 * @param parameters {@code binary_data_size}: how many bytes
 */
record RawOutput(
    String name, String datatype, List<Integer> shape, Map<String, Integer> parameters) {
  /** Writes the data of {@code output} behind what stands in {@code raw}. */
  static RawOutput append(OutputTensor output, ByteArrayOutputStream raw) {
    int before = raw.size();
    RawTensors.append(output, raw);
    return new RawOutput(
        output.name(),
        output.datatype(),
        output.shape(),
        Map.of("binary_data_size", raw.size() - before));
  }
}

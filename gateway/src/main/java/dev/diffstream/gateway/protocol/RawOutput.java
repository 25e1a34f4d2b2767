package dev.diffstream.gateway.protocol;

import dev.diffstream.gateway.output.OutputTensor;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * An output whose data stands behind the JSON of an answer. BYTES is, for each element, its length
 * as a little-endian 32-bit integer and its bytes in UTF-8; FP32 its little-endian numbers.
 *
 * @param parameters {@code binary_data_size}: how many bytes
 */
record RawOutput(
    String name, String datatype, List<Integer> shape, Map<String, Integer> parameters) {
  /** Writes the data of {@code output} behind what stands in {@code raw}. */
  static RawOutput append(OutputTensor output, ByteArrayOutputStream raw) {
    int before = raw.size();
    output.data().forEach(element -> raw.writeBytes(bytes(element)));
    return new RawOutput(
        output.name(),
        output.datatype(),
        output.shape(),
        Map.of("binary_data_size", raw.size() - before));
  }

  private static byte[] bytes(Object element) {
    if (element instanceof Float number) {
      return littleEndian(Float.BYTES).putFloat(number).array();
    }
    byte[] text = ((String) element).getBytes(StandardCharsets.UTF_8);
    return littleEndian(Integer.BYTES + text.length).putInt(text.length).put(text).array();
  }

  private static ByteBuffer littleEndian(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}

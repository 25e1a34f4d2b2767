package dev.diffstream.base;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.base.architecture.Parameter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Writes safetensors files, right ones and wrong ones. */
public final class SafetensorsFile {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ObjectNode header = JSON.createObjectNode();
  private final ByteArrayOutputStream values = new ByteArrayOutputStream();

  /** All tensors of a base in fp32, with a prefix before each name. */
  public static SafetensorsFile of(Base base, String prefix) {
    SafetensorsFile file = new SafetensorsFile();
    for (Parameter parameter : base.parameters()) {
      byte[] bytes = new byte[4 * parameter.size()];
      parameter.bytes().get(bytes);
      file.add(prefix + parameter.name(), "F32", parameter.shape(), bytes);
    }
    return file;
  }

  public SafetensorsFile add(String name, String type, List<Integer> shape, byte[] bytes) {
    int begin = values.size();
    values.writeBytes(bytes);
    return entry(name, type, shape, begin, begin + bytes.length);
  }

  /** As {@link #of}, with the name and the number format of each tensor chosen. */
  public static SafetensorsFile of(
      Base base, UnaryOperator<String> naming, Function<Parameter, String> type) {
    SafetensorsFile file = new SafetensorsFile();
    for (Parameter parameter : base.parameters()) {
      String format = type.apply(parameter);
      ByteBuffer bytes =
          ByteBuffer.allocate(parameter.size() * (format.equals("F32") ? 4 : 2))
              .order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < parameter.size(); i++) {
        float value = parameter.values().get(i);
        switch (format) {
          case "F32" -> bytes.putFloat(value);
          case "F16" -> bytes.putShort(Float.floatToFloat16(value));
          default -> bytes.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
        }
      }
      file.add(naming.apply(parameter.name()), format, parameter.shape(), bytes.array());
    }
    return file;
  }

  /** The header's free part. */
  public SafetensorsFile metadata(JsonNode value) {
    header.set("__metadata__", value);
    return this;
  }

  /** An entry of the header alone; replaces one of this name. */
  public SafetensorsFile entry(
      String name, String type, List<Integer> shape, long begin, long end) {
    ObjectNode entry = header.putObject(name).put("dtype", type);
    shape.forEach(entry.putArray("shape")::add);
    entry.putArray("data_offsets").add(begin).add(end);
    return this;
  }

  public SafetensorsFile remove(String name) {
    header.remove(name);
    return this;
  }

  public ObjectNode header(String name) {
    return (ObjectNode) header.get(name);
  }

  public byte[] bytes() {
    return bytes("");
  }

  /** The file with this padding behind the header's JSON. */
  public byte[] bytes(String padding) {
    try {
      byte[] json = (JSON.writeValueAsString(header) + padding).getBytes(StandardCharsets.UTF_8);
      return ByteBuffer.allocate(8 + json.length + values.size())
          .order(ByteOrder.LITTLE_ENDIAN)
          .putLong(json.length)
          .put(json)
          .put(values.toByteArray())
          .array();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package dev.diffstream.gateway.protocol;

import dev.diffstream.gateway.output.OutputTensor;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Raw tensor data, of the binary tensor data extension of REST and of the raw contents of gRPC
 * alike. BYTES is, for each element, its length as a little-endian 32-bit integer and its bytes,
 * here UTF-8; FP32 its little-endian numbers.
 */
public final class RawTensors {
  private RawTensors() {}

  /** The elements of a BYTES tensor, as many as there are. */
  static List<String> texts(InputTensor input, ByteBuffer raw) {
    ByteBuffer bytes = raw.slice().order(ByteOrder.LITTLE_ENDIAN);
    List<String> elements = new ArrayList<>();
    while (bytes.hasRemaining()) {
      elements.add(element(input, bytes));
    }
    return elements;
  }

  private static String element(InputTensor input, ByteBuffer tensor) {
    if (tensor.remaining() < Integer.BYTES) {
      throw input.invalid("the raw data ends in the middle of a length");
    }
    int length = tensor.getInt();
    if (length < 0 || length > tensor.remaining()) {
      throw input.invalid(
          "a raw element of " + length + " bytes, but " + tensor.remaining() + " are left");
    }
    ByteBuffer bytes = tensor.slice(tensor.position(), length);
    tensor.position(tensor.position() + length);
    return text(input.name(), bytes);
  }

  /** One element of a BYTES tensor. */
  public static String text(String input, ByteBuffer bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw InputTensor.invalid(input, "an element is not UTF-8");
    }
  }

  /** The elements of an FP32 tensor. */
  static float[] floats(InputTensor input, ByteBuffer raw, int count) {
    if (raw.remaining() != (long) Float.BYTES * count) {
      throw input.invalid(
          "expected " + (long) Float.BYTES * count + " raw bytes, got " + raw.remaining());
    }
    float[] values = new float[count];
    raw.slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }

  /** Writes the data of {@code output} behind what stands in {@code raw}. */
  public static void append(OutputTensor output, ByteArrayOutputStream raw) {
    output.data().forEach(element -> raw.writeBytes(bytes(element)));
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

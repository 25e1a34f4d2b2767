package dev.diffstream.gateway.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The raw tensors behind the JSON of a request, in the order of its inputs. A BYTES tensor is, for
 * each element, its length as a little-endian 32-bit integer and its bytes, here UTF-8.
 */
public final class BinaryTensors {
  /** The request header with the length of the JSON. */
  public static final String HEADER = "Inference-Header-Content-Length";

  private final ByteBuffer rest;

  BinaryTensors(byte[] body, int from) {
    rest = ByteBuffer.wrap(body, from, body.length - from).slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The next tensor: {@code size} bytes that hold {@code count} elements. */
  List<String> take(String name, JsonNode size, long count) {
    ByteBuffer tensor = next(name, size);
    List<String> elements = new ArrayList<>();
    while (tensor.hasRemaining()) {
      elements.add(element(name, tensor));
    }
    if (elements.size() != count) {
      throw invalid(name, "expected " + count + " elements, got " + elements.size());
    }
    return elements;
  }

  /** The next tensor, FP32: {@code count} little-endian numbers of 4 bytes. */
  float[] takeFloats(String name, JsonNode size, int count) {
    FloatBuffer tensor = next(name, size).asFloatBuffer();
    if (tensor.remaining() != count || size.intValue() % Float.BYTES != 0) {
      throw invalid(
          name, "expected " + (long) Float.BYTES * count + " bytes, got " + size.intValue());
    }
    float[] values = new float[count];
    tensor.get(values);
    return values;
  }

  private ByteBuffer next(String name, JsonNode size) {
    if (!size.canConvertToInt() || size.intValue() < 0 || size.intValue() > rest.remaining()) {
      throw invalid(
          name, "binary_data_size is " + size + ", but " + rest.remaining() + " bytes are left");
    }
    ByteBuffer tensor = rest.slice(rest.position(), size.intValue()).order(ByteOrder.LITTLE_ENDIAN);
    rest.position(rest.position() + size.intValue());
    return tensor;
  }

  /** Fails if bytes are left that no input has taken. */
  void expectEnd() {
    if (rest.hasRemaining()) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "the request has " + rest.remaining() + " bytes after its last tensor");
    }
  }

  private static String element(String name, ByteBuffer tensor) {
    if (tensor.remaining() < 4) {
      throw invalid(name, "ends in the middle of a length");
    }
    int length = tensor.getInt();
    if (length < 0 || length > tensor.remaining()) {
      throw invalid(
          name, "an element of " + length + " bytes, but " + tensor.remaining() + " are left");
    }
    ByteBuffer bytes = tensor.slice(tensor.position(), length);
    tensor.position(tensor.position() + length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw invalid(name, "an element is not UTF-8");
    }
  }

  private static DiffstreamException invalid(String name, String message) {
    return new DiffstreamException(
        ErrorCode.INVALID_REQUEST, "binary input \"" + name + "\": " + message);
  }
}

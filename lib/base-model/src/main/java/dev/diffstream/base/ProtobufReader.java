package dev.diffstream.base;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The wire format of protocol buffers, as far as an ONNX file needs it: walks the fields of one
 * message.
 */
final class ProtobufReader {
  private final ByteBuffer in;
  private int field;
  private int wireType;

  ProtobufReader(ByteBuffer message) {
    this.in = message.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Moves to the next field; false at the end of the message. Each field must then be read or
   * skipped.
   */
  boolean next() {
    if (!in.hasRemaining()) {
      return false;
    }
    long key = varint();
    field = (int) (key >>> 3);
    wireType = (int) (key & 7);
    return true;
  }

  boolean hasRemaining() {
    return in.hasRemaining();
  }

  int field() {
    return field;
  }

  int wireType() {
    return wireType;
  }

  long varint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte b = in.get();
      value |= (long) (b & 0x7F) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw malformed("a varint of more than ten bytes");
  }

  /** The bytes of a length-delimited field: a message, a string or packed numbers. */
  ByteBuffer bytes() {
    long length = varint();
    if (length < 0 || length > in.remaining()) {
      throw malformed("a field of " + length + " bytes where " + in.remaining() + " are left");
    }
    ByteBuffer bytes = in.slice(in.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
    in.position(in.position() + (int) length);
    return bytes;
  }

  String text() {
    return StandardCharsets.UTF_8.decode(bytes()).toString();
  }

  void skip() {
    switch (wireType) {
      case 0 -> varint();
      case 1 -> in.position(in.position() + 8);
      case 2 -> bytes();
      case 5 -> in.position(in.position() + 4);
      default -> throw malformed("wire type " + wireType);
    }
  }

  private DiffstreamException malformed(String what) {
    return new DiffstreamException(
        ErrorCode.BASE_UNKNOWN, "not an ONNX file: " + what + " at offset " + in.position());
  }
}

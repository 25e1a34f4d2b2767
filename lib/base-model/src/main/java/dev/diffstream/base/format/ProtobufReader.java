package dev.diffstream.base.format;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** Reads the wire format of protocol buffers from a stream, field by field, forward only. */
final class ProtobufReader {
  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int LENGTH = 2;
  static final int FIXED32 = 5;

  private static final int MAX_VARINT_BYTES = 10;

  private final InputStream in;
  private long position;

  ProtobufReader(InputStream in) {
    this.in = in;
  }

  /** Bytes read so far. */
  long position() {
    return position;
  }

  /** The next tag, or -1 at the end of the stream. Valid between fields only. */
  int tagOrEnd() throws IOException {
    int first = in.read();
    if (first < 0) {
      return -1;
    }
    position++;
    return (int) varint(first);
  }

  /** A field's number shifted left by 3, with its wire type in the low bits. */
  int tag() throws IOException {
    return (int) varint();
  }

  long varint() throws IOException {
    return varint(nextByte());
  }

  /** The length of a field that has one. */
  int length() throws IOException {
    long length = varint();
    if (length < 0 || length > Integer.MAX_VALUE) {
      throw new IOException("length %d at byte %d".formatted(length, position));
    }
    return (int) length;
  }

  byte[] bytes(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    position += bytes.length;
    if (bytes.length < length) {
      throw new EOFException("ended at byte %d".formatted(position));
    }
    return bytes;
  }

  void skip(int tag) throws IOException {
    switch (tag & 7) {
      case VARINT -> varint();
      case FIXED64 -> skipBytes(8);
      case LENGTH -> skipBytes(length());
      case FIXED32 -> skipBytes(4);
      default -> throw new IOException("wire type %d at byte %d".formatted(tag & 7, position));
    }
  }

  private void skipBytes(int count) throws IOException {
    in.skipNBytes(count);
    position += count;
  }

  private long varint(int first) throws IOException {
    long value = first & 0x7F;
    int next = first;
    for (int i = 1; (next & 0x80) != 0; i++) {
      if (i == MAX_VARINT_BYTES) {
        throw new IOException("number without an end at byte %d".formatted(position));
      }
      next = nextByte();
      value |= (long) (next & 0x7F) << (7 * i);
    }
    return value;
  }

  private int nextByte() throws IOException {
    int next = in.read();
    if (next < 0) {
      throw new EOFException("ended at byte %d".formatted(position));
    }
    position++;
    return next;
  }
}

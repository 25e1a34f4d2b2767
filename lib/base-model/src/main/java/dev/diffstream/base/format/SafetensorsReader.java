package dev.diffstream.base.format;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a safetensors file front to back: u64 length of the header, the header in JSON, the values.
 * The tensors must cover the values without hole or overlap, as the format demands; {@code
 * __metadata__} is ignored. F16 and BF16 are widened to fp32.
 */
public final class SafetensorsReader {
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final long MAX_HEADER_BYTES = 1 << 24;
  private static final int MAX_NAME_CHARS = 512;
  private static final int CHUNK_BYTES = 1 << 16;

  /** The number types of a base's tensors. */
  private enum Type {
    F32(4),
    F16(2),
    BF16(2);

    private final int bytes;

    Type(int bytes) {
      this.bytes = bytes;
    }
  }

  /** One entry of the header; offsets count from the end of the header. */
  private record Entry(String name, String dtype, List<Integer> shape, long begin, long end) {}

  private SafetensorsReader() {}

  /** Reads a whole file; closes nothing. */
  public static void read(InputStream in, ParameterMemory memory) throws IOException {
    long position = 0;
    for (Entry entry : header(in)) {
      if (entry.begin() != position) {
        throw new IOException(
            "%s begins at byte %d, expected %d".formatted(entry.name(), entry.begin(), position));
      }
      Optional<String> name = memory.canonical(entry.name());
      if (name.isPresent()) {
        values(in, entry, type(entry), memory.bufferOf(name.get(), entry.shape()));
      } else {
        skip(in, entry);
      }
      position = entry.end();
    }
    if (in.read() >= 0) {
      throw new IOException("more bytes follow the last tensor, which ends at " + position);
    }
  }

  private static List<Entry> header(InputStream in) throws IOException {
    long length = ByteBuffer.wrap(exactly(in, 8)).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 2 || length > MAX_HEADER_BYTES) {
      throw new IOException(
          "header of %d bytes, expected 2 to %d".formatted(length, MAX_HEADER_BYTES));
    }
    JsonNode json = JSON.readTree(exactly(in, (int) length));
    List<Entry> entries = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : json.properties()) {
      if (!field.getKey().equals("__metadata__")) {
        entries.add(entry(field.getKey(), field.getValue()));
      }
    }
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    return entries;
  }

  private static Entry entry(String name, JsonNode json) throws IOException {
    if (name.length() > MAX_NAME_CHARS) {
      throw new IOException(
          "a tensor's name has %d characters, expected at most %d"
              .formatted(name.length(), MAX_NAME_CHARS));
    }
    List<Integer> shape = new ArrayList<>();
    for (JsonNode dimension : json.path("shape")) {
      if (!dimension.canConvertToInt() || dimension.intValue() < 0) {
        throw new IOException("%s has dimension %s".formatted(name, dimension));
      }
      shape.add(dimension.intValue());
    }
    JsonNode offsets = json.path("data_offsets");
    long begin = offsets.path(0).asLong(-1);
    long end = offsets.path(1).asLong(-1);
    if (begin < 0 || end < begin) {
      throw new IOException("%s has the offsets %s".formatted(name, offsets));
    }
    return new Entry(name, json.path("dtype").asText(), List.copyOf(shape), begin, end);
  }

  private static Type type(Entry entry) throws IOException {
    for (Type type : Type.values()) {
      if (type.name().equals(entry.dtype())) {
        return type;
      }
    }
    throw new IOException(
        "%s is of type %s, supported are F32, F16 and BF16".formatted(entry.name(), entry.dtype()));
  }

  private static void values(InputStream in, Entry entry, Type type, FloatBuffer into)
      throws IOException {
    long bytes = entry.end() - entry.begin();
    if (bytes != (long) into.capacity() * type.bytes) {
      throw new IOException(
          "%s of shape %s and type %s takes %d bytes"
              .formatted(entry.name(), entry.shape(), type, bytes));
    }
    for (long left = bytes; left > 0; ) {
      byte[] chunk = in.readNBytes((int) Math.min(left, CHUNK_BYTES));
      if (chunk.length == 0 || chunk.length % type.bytes != 0) {
        throw new EOFException("ended inside " + entry.name());
      }
      widen(ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN), type, into);
      left -= chunk.length;
    }
  }

  private static void skip(InputStream in, Entry entry) throws IOException {
    try {
      in.skipNBytes(entry.end() - entry.begin());
    } catch (EOFException e) {
      throw (IOException) new EOFException("ended inside " + entry.name()).initCause(e);
    }
  }

  private static void widen(ByteBuffer from, Type type, FloatBuffer to) {
    switch (type) {
      case F32 -> to.put(from.asFloatBuffer());
      case F16 -> {
        while (from.hasRemaining()) {
          to.put(Float.float16ToFloat(from.getShort()));
        }
      }
      case BF16 -> {
        while (from.hasRemaining()) {
          to.put(Float.intBitsToFloat(from.getShort() << 16));
        }
      }
    }
  }

  private static byte[] exactly(InputStream in, int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("ended inside the header");
    }
    return bytes;
  }
}

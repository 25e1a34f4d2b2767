package dev.diffstream.schemas.safetensors;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The safetensors container: 8-byte little-endian header length, JSON header, tensor bytes without
 * holes or overlaps. Strict: whatever the safetensors specification forbids is MALFORMED_DIFF with
 * the offset. Nothing is allocated before its length was checked against the file's.
 */
public final class Safetensors {
  private static final int MAX_HEADER_BYTES = 100 << 20;
  private static final Map<String, Integer> DTYPE_BYTES =
      Map.ofEntries(
          Map.entry("I64", 8),
          Map.entry("U64", 8),
          Map.entry("F64", 8),
          Map.entry("I32", 4),
          Map.entry("U32", 4),
          Map.entry("F32", 4),
          Map.entry("I16", 2),
          Map.entry("U16", 2),
          Map.entry("F16", 2),
          Map.entry("BF16", 2),
          Map.entry("I8", 1),
          Map.entry("U8", 1),
          Map.entry("F8_E4M3", 1),
          Map.entry("F8_E5M2", 1),
          Map.entry("BOOL", 1));

  /**
   * A tensor of the file.
   *
   * @param offset of its first byte in the file
   */
  public record Entry(String name, String dtype, List<Long> shape, long offset, long bytes) {
    public long elements() {
      return bytes / DTYPE_BYTES.getOrDefault(dtype, 1);
    }
  }

  /**
   * A parsed header: the tensors by name, and the metadata.
   *
   * @param bytes of the header with its length: where the tensors begin
   */
  public record Header(Map<String, Entry> entries, Map<String, String> metadata, int bytes) {}

  private Safetensors() {}

  /** Bytes of one element, or null if there is no such dtype. */
  public static @Nullable Integer width(String dtype) {
    return DTYPE_BYTES.get(dtype);
  }

  public static Header read(ByteBuffer file) {
    return read(file, MAX_HEADER_BYTES);
  }

  /**
   * @param maxHeaderBytes a longer header is refused before anything is made of it
   */
  public static Header read(ByteBuffer file, int maxHeaderBytes) {
    ByteBuffer in = file.duplicate().order(ByteOrder.LITTLE_ENDIAN).rewind();
    int size = in.limit();
    if (size < 8) {
      throw malformed(0, "a header length of 8 bytes", size + " bytes in all");
    }
    long headerBytes = in.getLong(0);
    if (headerBytes < 2 || headerBytes > Math.min(maxHeaderBytes, size - 8L)) {
      throw malformed(
          0,
          "a header length from 2 to " + Math.min(maxHeaderBytes, size - 8),
          Long.toUnsignedString(headerBytes));
    }
    byte[] json = new byte[(int) headerBytes];
    in.get(8, json);
    JsonNode header;
    try {
      header = Json.parse(json, "the safetensors header");
    } catch (DiffstreamException e) {
      throw malformed(8, "a JSON object without duplicate keys", e.reason());
    }
    if (json[0] != '{' || !header.isObject()) {
      throw malformed(8, "a JSON object", "byte " + json[0]);
    }
    return new Header(
        entries(header, 8 + headerBytes, size),
        metadata(header.path("__metadata__")),
        (int) (8 + headerBytes));
  }

  private static Map<String, String> metadata(JsonNode node) {
    Map<String, String> metadata = new TreeMap<>();
    node.properties()
        .forEach(
            p -> {
              if (!p.getValue().isTextual()) {
                throw malformed(
                    8, "string values in __metadata__", p.getKey() + " = " + p.getValue());
              }
              metadata.put(p.getKey(), p.getValue().textValue());
            });
    return metadata;
  }

  private static Map<String, Entry> entries(JsonNode header, long dataStart, long fileSize) {
    List<Entry> entries = new ArrayList<>();
    header.properties().stream()
        .filter(p -> !p.getKey().equals("__metadata__"))
        .forEach(p -> entries.add(entry(p.getKey(), p.getValue(), dataStart)));
    entries.sort(Comparator.comparingLong(Entry::offset).thenComparingLong(Entry::bytes));
    long end = dataStart;
    for (Entry entry : entries) {
      if (entry.offset() != end) {
        throw malformed(
            end,
            "tensor bytes without holes or overlaps",
            entry.name() + " begins at " + entry.offset());
      }
      end = entry.offset() + entry.bytes();
    }
    if (end != fileSize) {
      throw malformed(
          Math.min(end, fileSize),
          "the file to end where its last tensor does, at " + end,
          "a file of " + fileSize + " bytes");
    }
    Map<String, Entry> byName = new TreeMap<>();
    entries.forEach(e -> byName.put(e.name(), e));
    return byName;
  }

  private static Entry entry(String name, JsonNode node, long dataStart) {
    String dtype = node.path("dtype").asText();
    Integer width = DTYPE_BYTES.get(dtype);
    JsonNode offsets = node.path("data_offsets");
    if (width == null
        || !node.path("shape").isArray()
        || offsets.size() != 2
        || !isCount(offsets.get(0))
        || !isCount(offsets.get(1))) {
      throw malformed(8, "dtype, shape and data_offsets of tensor " + name, node.toString());
    }
    List<Long> shape = new ArrayList<>();
    long elements = 1;
    try {
      for (JsonNode dimension : node.path("shape")) {
        if (!isCount(dimension)) {
          throw malformed(8, "whole dimensions of tensor " + name, dimension.toString());
        }
        shape.add(dimension.longValue());
        elements = Math.multiplyExact(elements, dimension.longValue());
      }
      long bytes = Math.multiplyExact(elements, width.longValue());
      long begin = offsets.get(0).longValue();
      long end = offsets.get(1).longValue();
      if (end - begin != bytes) {
        throw malformed(8, bytes + " bytes for tensor " + name, (end - begin) + " bytes");
      }
      return new Entry(name, dtype, List.copyOf(shape), Math.addExact(dataStart, begin), bytes);
    } catch (ArithmeticException e) {
      throw malformed(
          8, "a size of tensor " + name + " within 64 bits", node.path("shape").toString());
    }
  }

  /**
   * The tensor of that name.
   *
   * @param dtype that it must have; null for any
   * @throws DiffstreamException MALFORMED_DIFF if there is none, or it is of another form
   */
  public static Entry required(
      Map<String, Entry> entries, String name, @Nullable String dtype, int dimensions) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw malformed(8, "a tensor " + name, "none");
    }
    if ((dtype != null && !entry.dtype().equals(dtype)) || entry.shape().size() != dimensions) {
      throw malformed(
          entry.offset(),
          "%s as %s with %d dimensions".formatted(name, dtype, dimensions),
          entry.dtype() + entry.shape());
    }
    return entry;
  }

  private static boolean isCount(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToLong() && node.longValue() >= 0;
  }

  public static DiffstreamException malformed(long offset, String expected, String actual) {
    return new DiffstreamException(
        ErrorCode.MALFORMED_DIFF,
        "at offset " + offset + ": expected " + expected + ", got " + actual);
  }
}

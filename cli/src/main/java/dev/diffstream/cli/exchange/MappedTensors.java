package dev.diffstream.cli.exchange;

import dev.diffstream.cli.file.MappedFile;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.precision.BrainFloat;
import dev.diffstream.schemas.diff.precision.HalfFloat;
import dev.diffstream.schemas.safetensors.Safetensors;
import dev.diffstream.schemas.safetensors.Safetensors.Entry;
import dev.diffstream.schemas.safetensors.Safetensors.Header;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A safetensors file of anybody's, read strictly and mapped, not copied. */
final class MappedTensors {
  private final Path file;
  private final ByteBuffer bytes;
  private final Header header;

  private MappedTensors(Path file, ByteBuffer bytes) {
    this.file = file;
    this.bytes = bytes;
    this.header = Safetensors.read(bytes);
  }

  /**
   * @throws DiffstreamException DATA_UNREADABLE if there is no such file; MALFORMED_DIFF with the
   *     offset if it is no safetensors file
   */
  static MappedTensors open(Path file) {
    return MappedFile.reading(file, bytes -> new MappedTensors(file, bytes));
  }

  Map<String, String> metadata() {
    return header.metadata();
  }

  Set<String> names() {
    return header.entries().keySet();
  }

  boolean has(String name) {
    return header.entries().containsKey(name);
  }

  List<Long> shape(String name) {
    return entry(name).shape();
  }

  /**
   * Values of an F32, F16 or BF16 tensor, widened, row-major.
   *
   * @throws DiffstreamException MALFORMED_DIFF if there is no such tensor, it is of another type,
   *     or a value is not finite
   */
  float[] floats(String name) {
    Entry entry = entry(name);
    float[] values = new float[(int) entry.elements()];
    ByteBuffer in = at(entry);
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (entry.dtype()) {
            case "F32" -> in.getFloat();
            case "F16" -> HalfFloat.toFloat(in.getShort());
            case "BF16" -> BrainFloat.toFloat(in.getShort());
            default -> throw wrong(entry, "F32, F16 or BF16", entry.dtype());
          };
      if (!Float.isFinite(values[i])) {
        throw wrong(entry, "finite values", values[i] + " at " + i);
      }
    }
    return values;
  }

  /**
   * Values of an I32 or I64 tensor, each from 0 on, row-major.
   *
   * @throws DiffstreamException as {@link #floats}
   */
  int[] positions(String name) {
    Entry entry = entry(name);
    int[] values = new int[(int) entry.elements()];
    ByteBuffer in = at(entry);
    for (int i = 0; i < values.length; i++) {
      long value =
          switch (entry.dtype()) {
            case "I32" -> in.getInt();
            case "I64" -> in.getLong();
            default -> throw wrong(entry, "I32 or I64", entry.dtype());
          };
      if (value < 0 || value > Integer.MAX_VALUE) {
        throw wrong(entry, "positions from 0 to 2^31 - 1", value + " at " + i);
      }
      values[i] = (int) value;
    }
    return values;
  }

  /** MALFORMED_DIFF about a tensor of this file. */
  DiffstreamException wrong(String name, String expected, String actual) {
    return wrong(entry(name), expected, actual);
  }

  private DiffstreamException wrong(Entry entry, String expected, String actual) {
    return new DiffstreamException(
        ErrorCode.MALFORMED_DIFF,
        "%s, %s at offset %d: expected %s, got %s"
            .formatted(file, entry.name(), entry.offset(), expected, actual));
  }

  private Entry entry(String name) {
    Entry entry = header.entries().get(name);
    if (entry == null) {
      throw new DiffstreamException(
          ErrorCode.MALFORMED_DIFF, "%s: expected a tensor %s, got none".formatted(file, name));
    }
    return entry;
  }

  private ByteBuffer at(Entry entry) {
    return bytes.slice((int) entry.offset(), (int) entry.bytes()).order(ByteOrder.LITTLE_ENDIAN);
  }
}

package dev.diffstream.schemas.diff.codec;

import static dev.diffstream.schemas.safetensors.Safetensors.malformed;

import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.safetensors.Safetensors;
import dev.diffstream.schemas.safetensors.Safetensors.Entry;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The plain profile: {@code <parameter>.indices} and {@code <parameter>.values} for each parameter,
 * for a dozen lines of anybody's code.
 */
public final class PlainTensors implements StoredTensors {
  public static final String INDICES = ".indices";
  public static final String VALUES = ".values";

  private record Stored(Listed listed, Entry indices, Entry values) {}

  private final ByteBuffer file;
  private final ValuePrecision precision;
  private final List<Stored> tensors = new ArrayList<>();
  private final List<Listed> list;

  /**
   * @param file little-endian
   * @param shapes of all parameters that are changed
   */
  public PlainTensors(
      ByteBuffer file,
      Map<String, Entry> stored,
      ValuePrecision precision,
      Map<String, List<Integer>> shapes) {
    this.file = file;
    this.precision = precision(precision);
    for (Entry entry : stored.values()) {
      if (entry.name().endsWith(VALUES)) {
        Safetensors.required(stored, stem(entry.name(), VALUES) + INDICES, "I32", 1);
      } else if (entry.name().endsWith(INDICES)) {
        tensors.add(stored(entry, stored, shapes));
      }
    }
    if (tensors.size() != shapes.size()) {
      throw malformed(
          8, "a shape for each of " + tensors.size() + " parameters", shapes.keySet().toString());
    }
    tensors.sort(
        Comparator.comparing(tensor -> utf8(tensor.listed().name()), Arrays::compareUnsigned));
    list = tensors.stream().map(Stored::listed).toList();
  }

  private Stored stored(
      Entry indices, Map<String, Entry> stored, Map<String, List<Integer>> shapes) {
    String name = stem(indices.name(), INDICES);
    if (name.isEmpty() || utf8(name).length > Directory.MAX_NAME_BYTES) {
      throw malformed(
          indices.offset(), "a name of 1 to " + Directory.MAX_NAME_BYTES + " bytes", name);
    }
    Safetensors.required(stored, indices.name(), "I32", 1);
    String dtype = CompactTensors.dtype(precision);
    Entry values = Safetensors.required(stored, name + VALUES, dtype, 1);
    if (values.elements() != indices.elements()) {
      throw malformed(
          values.offset(),
          indices.elements() + " values of " + name,
          values.elements() + " values");
    }
    if (indices.elements() == 0) {
      throw malformed(indices.offset(), "changed positions in " + name, "none");
    }
    List<Integer> shape = shapes.get(name);
    if (shape == null) {
      throw malformed(8, "a shape of " + name, "shapes of " + shapes.keySet());
    }
    return new Stored(new Listed(name, shape, (int) indices.elements()), indices, values);
  }

  /** Bytes as files order names by. */
  public static byte[] utf8(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public List<Listed> list() {
    return list;
  }

  @Override
  public void read(
      int index, int[] positions, float[] values, int at, PositionCode.Scratch scratch) {
    Stored tensor = tensors.get(index);
    readPositions(tensor, positions, at);
    int offset = (int) tensor.values().offset();
    try {
      ValueCode.read(precision, file, offset, tensor.listed().nonzeros(), new float[0], values, at);
    } catch (CorruptCode e) {
      throw malformed(offset, e.expected() + " in " + tensor.values().name(), e.actual());
    }
  }

  private void readPositions(Stored tensor, int[] positions, int at) {
    Entry entry = tensor.indices();
    int count = tensor.listed().nonzeros();
    int last = -1;
    for (int i = 0; i < count; i++) {
      int position = file.getInt((int) entry.offset() + 4 * i);
      if (position <= last) {
        throw malformed(
            entry.offset() + 4L * i,
            "a position above " + last + " in " + entry.name(),
            Integer.toString(position));
      }
      positions[at + i] = position;
      last = position;
    }
    int size = Matrix.of(tensor.listed().shape()).size();
    if (last >= size) {
      throw malformed(
          entry.offset() + 4L * (count - 1),
          "positions below " + size + " in " + entry.name(),
          Integer.toString(last));
    }
  }

  /** What stands in the file: values that a codebook stands for are written out. */
  public static ValuePrecision precision(ValuePrecision of) {
    return of.fitted() ? ValuePrecision.FP32 : of;
  }

  private static String stem(String name, String suffix) {
    return name.substring(0, name.length() - suffix.length());
  }
}

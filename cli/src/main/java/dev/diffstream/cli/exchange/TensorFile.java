package dev.diffstream.cli.exchange;

import dev.diffstream.cli.file.OutputFile;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Writes a safetensors file of fp32 and int32 tensors in ascending order of name: the same tensors
 * give the same bytes. Values are written from where they lie, a chunk at a time.
 */
final class TensorFile {
  private static final int CHUNK_VALUES = 1 << 16;

  private sealed interface Part {
    String dtype();

    List<Integer> shape();

    int size();

    /** Puts values {@code from} to {@code from + count}. */
    void put(ByteBuffer out, int from, int count);
  }

  private record Floats(List<Integer> shape, FloatBuffer values) implements Part {
    @Override
    public String dtype() {
      return "F32";
    }

    @Override
    public int size() {
      return values.capacity();
    }

    @Override
    public void put(ByteBuffer out, int from, int count) {
      out.asFloatBuffer().put(values.slice(from, count));
    }
  }

  private record Ints(List<Integer> shape, IntBuffer values) implements Part {
    @Override
    public String dtype() {
      return "I32";
    }

    @Override
    public int size() {
      return values.capacity();
    }

    @Override
    public void put(ByteBuffer out, int from, int count) {
      out.asIntBuffer().put(values.slice(from, count));
    }
  }

  private final SortedMap<String, Part> parts = new TreeMap<>();
  private final SortedMap<String, String> metadata = new TreeMap<>();

  /** Adds to what the header says beside the tensors. */
  TensorFile with(Map<String, String> entries) {
    metadata.putAll(entries);
    return this;
  }

  /**
   * @param values from 0 to the capacity; read when the file is written
   */
  TensorFile add(String name, List<Integer> shape, FloatBuffer values) {
    parts.put(name, new Floats(shape, values));
    return this;
  }

  TensorFile add(String name, float... values) {
    return add(name, List.of(values.length), FloatBuffer.wrap(values));
  }

  TensorFile add(String name, List<Integer> shape, int... values) {
    parts.put(name, new Ints(shape, IntBuffer.wrap(values)));
    return this;
  }

  void write(Path file) {
    OutputFile.write(file, this::write);
  }

  private void write(OutputStream out) throws IOException {
    byte[] header = header();
    ByteBuffer chunk = ByteBuffer.allocate(4 * CHUNK_VALUES).order(ByteOrder.LITTLE_ENDIAN);
    out.write(chunk.putLong(header.length).array(), 0, Long.BYTES);
    out.write(header);
    for (Part part : parts.values()) {
      for (int from = 0; from < part.size(); from += CHUNK_VALUES) {
        int count = Math.min(CHUNK_VALUES, part.size() - from);
        chunk.clear();
        part.put(chunk, from, count);
        out.write(chunk.array(), 0, 4 * count);
      }
    }
  }

  private byte[] header() {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("__metadata__", metadata);
    long offset = 0;
    for (Map.Entry<String, Part> entry : parts.entrySet()) {
      Part part = entry.getValue();
      Map<String, Object> tensor = new LinkedHashMap<>();
      tensor.put("dtype", part.dtype());
      tensor.put("shape", part.shape());
      tensor.put("data_offsets", List.of(offset, offset + 4L * part.size()));
      header.put(entry.getKey(), tensor);
      offset += 4L * part.size();
    }
    byte[] json = Json.writeUnsorted(header);
    byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
    Arrays.fill(padded, json.length, padded.length, (byte) ' ');
    return padded;
  }
}

package dev.diffstream.schemas.diff.format;

import dev.diffstream.schemas.diff.codec.CompactPlan;
import dev.diffstream.schemas.diff.codec.CompactTensors;
import dev.diffstream.schemas.diff.codec.PlainTensors;
import dev.diffstream.schemas.diff.codec.ValueCode;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.AuxiliaryTensor;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.safetensors.Safetensors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/**
 * Writes a diff file: the same diff always gives the same bytes. See docs/diff-file-v1.md. Nothing
 * but the parameter at hand is held in memory beside the diff.
 */
public final class DiffWriter {
  private interface Content {
    void write(OutputStream out) throws IOException;
  }

  private record Part(String name, String dtype, List<Long> shape, long bytes, Content content) {
    int width() {
      Integer width = Safetensors.width(dtype);
      if (width == null) {
        throw new IllegalArgumentException(name + " has no dtype of safetensors: " + dtype);
      }
      return width;
    }
  }

  private DiffWriter() {}

  /** The bytes of a compact file. */
  public static byte[] write(Diff diff) {
    return write(diff, Profile.COMPACT);
  }

  /** The bytes of a file of that profile. */
  public static byte[] write(Diff diff, Profile profile) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      write(diff, profile, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /**
   * Streams the file out.
   *
   * @throws IllegalArgumentException if positions do not ascend or are not in the shape, values are
   *     not finite or not rounded to the precision, or the count differs from the metadata's
   */
  public static void write(Diff diff, Profile profile, OutputStream out) throws IOException {
    DiffCheck.check(diff);
    List<Part> parts = parts(diff, profile);
    byte[] header = header(diff, profile, parts);
    List<Long> checksums = new ArrayList<>();
    checksums.add(checked(out, stream -> stream.write(header)));
    for (Part part : parts.subList(0, parts.size() - 1)) {
      checksums.add(checked(out, part.content()));
    }
    out.write(Checksums.of(checksums));
  }

  private static long checked(OutputStream out, Content content) throws IOException {
    CheckedOutputStream checked = new CheckedOutputStream(out, new CRC32C());
    content.write(checked);
    return checked.getChecksum().getValue();
  }

  /** The wider elements first, so that every tensor stays aligned; each width by name. */
  private static List<Part> parts(Diff diff, Profile profile) {
    List<Part> parts = new ArrayList<>();
    switch (profile) {
      case COMPACT -> compact(diff, parts);
      case PLAIN -> plain(diff, parts);
    }
    head(diff.head(), parts);
    Diff.ProbeAnswers probes = diff.probes();
    if (probes != null) {
      parts.add(
          floats(
              TensorNames.PROBES,
              List.of((long) probes.sentences(), (long) probes.outputs()),
              probes.logits()));
    }
    diff.auxiliary().forEach((name, tensor) -> parts.add(auxiliary(name, tensor)));
    parts.sort(
        Comparator.comparing(Part::width, Comparator.reverseOrder())
            .thenComparing(part -> PlainTensors.utf8(part.name()), Arrays::compareUnsigned));
    parts.add(bytes(Checksums.NAME, new byte[Checksums.bytes(parts.size())]));
    return parts;
  }

  private static void compact(Diff diff, List<Part> parts) {
    ValuePrecision precision = diff.metadata().precision();
    CompactPlan plan = new CompactPlan(diff.tensors(), precision);
    parts.add(bytes(CompactTensors.DIRECTORY, plan.directory()));
    parts.add(
        new Part(
            CompactTensors.POSITIONS,
            "U8",
            List.of(plan.positionBytes()),
            plan.positionBytes(),
            plan::writePositions));
    String dtype = CompactTensors.dtype(precision);
    parts.add(
        new Part(
            CompactTensors.VALUES,
            dtype,
            List.of(dtype.equals("U8") ? plan.valueBytes() : diff.nonzeros()),
            plan.valueBytes(),
            plan::writeValues));
  }

  private static void plain(Diff diff, List<Part> parts) {
    ValuePrecision precision = PlainTensors.precision(diff.metadata().precision());
    for (SparseTensor tensor : diff.tensors()) {
      long count = tensor.positions().length;
      parts.add(
          new Part(
              tensor.name() + PlainTensors.INDICES,
              "I32",
              List.of(count),
              4 * count,
              out -> out.write(littleEndian(tensor.positions()))));
      parts.add(
          new Part(
              tensor.name() + PlainTensors.VALUES,
              CompactTensors.dtype(precision),
              List.of(count),
              precision.bytes(count),
              out -> out.write(ValueCode.write(precision, tensor.values(), new float[0]))));
    }
  }

  private static byte[] littleEndian(int[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(values);
    return bytes.array();
  }

  private static void head(Diff.Head head, List<Part> parts) {
    if (head instanceof Diff.DenseHead dense) {
      parts.add(
          floats(
              TensorNames.HEAD_WEIGHT,
              List.of((long) dense.outputs(), (long) dense.features()),
              dense.weight()));
      parts.add(vector(TensorNames.HEAD_BIAS, dense.bias()));
    } else if (head instanceof Diff.TiedHead tied) {
      parts.add(
          floats(
              TensorNames.TRANSFORM_WEIGHT,
              List.of((long) tied.embedding(), (long) tied.features()),
              tied.transform()));
      parts.add(vector(TensorNames.TRANSFORM_BIAS, tied.transformBias()));
      parts.add(vector(TensorNames.NORM_WEIGHT, tied.norm()));
      parts.add(vector(TensorNames.NORM_BIAS, tied.normBias()));
      parts.add(vector(TensorNames.HEAD_BIAS, tied.bias()));
    }
  }

  private static Part vector(String name, float[] values) {
    return floats(name, List.of((long) values.length), values);
  }

  private static Part floats(String name, List<Long> shape, float[] values) {
    return new Part(
        name,
        "F32",
        shape,
        4L * values.length,
        out -> out.write(ValueCode.write(ValuePrecision.FP32, values, new float[0])));
  }

  private static Part bytes(String name, byte[] bytes) {
    return new Part(
        name, "U8", List.of((long) bytes.length), bytes.length, out -> out.write(bytes));
  }

  private static Part auxiliary(String name, AuxiliaryTensor tensor) {
    return new Part(
        name,
        tensor.dtype(),
        tensor.shape(),
        tensor.bytes().length,
        out -> out.write(tensor.bytes()));
  }

  /** The 8 bytes of its length, then the JSON, filled with spaces to a multiple of 8. */
  private static byte[] header(Diff diff, Profile profile, List<Part> parts) {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("__metadata__", metadata(diff, profile));
    long offset = 0;
    for (Part part : parts) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("dtype", part.dtype());
      entry.put("shape", part.shape());
      entry.put("data_offsets", List.of(offset, offset + part.bytes()));
      header.put(part.name(), entry);
      offset += part.bytes();
    }
    byte[] json = Json.writeUnsorted(header);
    int length = (json.length + 7) / 8 * 8;
    ByteBuffer out = ByteBuffer.allocate(8 + length).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(length).put(json);
    Arrays.fill(out.array(), out.position(), out.capacity(), (byte) ' ');
    if (out.capacity() + offset > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "a diff file has less than 2 GiB, this one would have " + (out.capacity() + offset));
    }
    return out.array();
  }

  private static Map<String, String> metadata(Diff diff, Profile profile) {
    TreeMap<String, String> metadata = MetadataText.write(diff.metadata(), profile);
    if (profile == Profile.PLAIN) {
      Map<String, List<Integer>> shapes = new TreeMap<>();
      diff.tensors().forEach(tensor -> shapes.put(tensor.name(), tensor.shape()));
      metadata.put(MetadataText.SHAPES, Json.writeText(shapes));
    }
    return metadata;
  }

  /** Bytes of a compact file's parts, for those who measure: by name of the tensor. */
  public static Map<String, Long> sizes(Diff diff, Profile profile) {
    Map<String, Long> sizes = new TreeMap<>();
    List<Part> parts = parts(diff, profile);
    parts.forEach(part -> sizes.put(part.name(), part.bytes()));
    sizes.put("__header__", (long) header(diff, profile, parts).length);
    return sizes;
  }

  /** The header as text, for tests and tools that show it. */
  static String headerText(byte[] file) {
    long length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return new String(file, 8, (int) length, java.nio.charset.StandardCharsets.UTF_8);
  }
}

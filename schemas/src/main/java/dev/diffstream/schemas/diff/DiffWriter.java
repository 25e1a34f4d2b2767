package dev.diffstream.schemas.diff;

import dev.diffstream.schemas.Json;
import dev.diffstream.schemas.diff.Diff.SparseTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Writes a diff file: the same diff always gives the same bytes. See docs/diff-file-v1.md. */
public final class DiffWriter {
  static final String INDICES = ".indices";
  static final String VALUES = ".values";
  static final String HEAD_WEIGHT = "diffstream.head.weight";
  static final String HEAD_BIAS = "diffstream.head.bias";
  static final String TRANSFORM_WEIGHT = "diffstream.head.transform.weight";
  static final String TRANSFORM_BIAS = "diffstream.head.transform.bias";
  static final String NORM_WEIGHT = "diffstream.head.norm.weight";
  static final String NORM_BIAS = "diffstream.head.norm.bias";
  static final String PROBES = "diffstream.probes.v1";

  private record Part(
      String name, String dtype, List<Integer> shape, int bytes, Consumer<ByteBuffer> content) {}

  private DiffWriter() {}

  /**
   * Fails with IllegalArgumentException when positions are not ascending or the count differs from
   * the metadata's.
   */
  public static byte[] write(Diff diff) {
    check(diff);
    List<Part> parts = parts(diff);
    byte[] header = header(diff, parts);
    int size = 8 + header.length + parts.stream().mapToInt(Part::bytes).reduce(0, Math::addExact);
    ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(header.length).put(header);
    parts.forEach(part -> part.content().accept(out));
    return out.array();
  }

  /**
   * Four-byte tensors first, then two-byte ones, each by name: every tensor stays aligned to its
   * element.
   */
  private static List<Part> parts(Diff diff) {
    List<Part> parts = new ArrayList<>();
    ValuePrecision precision = diff.metadata().precision();
    for (SparseTensor tensor : diff.tensors()) {
      int count = tensor.positions().length;
      parts.add(
          new Part(
              tensor.name() + INDICES,
              "I32",
              List.of(count),
              4 * count,
              out -> putInts(out, tensor.positions())));
      parts.add(
          new Part(
              tensor.name() + VALUES,
              precision.dtype(),
              List.of(count),
              precision.bytes() * count,
              out -> putValues(out, tensor.values(), precision)));
    }
    parts.addAll(head(diff.head()));
    Diff.ProbeAnswers probes = diff.probes();
    if (probes != null) {
      parts.add(floats(PROBES, List.of(probes.sentences(), probes.outputs()), probes.logits()));
    }
    parts.sort(Comparator.comparing((Part p) -> p.dtype().equals("F16")).thenComparing(Part::name));
    return parts;
  }

  private static List<Part> head(Diff.Head head) {
    List<Part> parts = new ArrayList<>();
    if (head instanceof Diff.DenseHead dense) {
      parts.add(floats(HEAD_WEIGHT, List.of(dense.outputs(), dense.features()), dense.weight()));
      parts.add(floats(HEAD_BIAS, List.of(dense.outputs()), dense.bias()));
    } else if (head instanceof Diff.TiedHead tied) {
      List<Integer> width = List.of(tied.embedding());
      parts.add(
          floats(TRANSFORM_WEIGHT, List.of(tied.embedding(), tied.features()), tied.transform()));
      parts.add(floats(TRANSFORM_BIAS, width, tied.transformBias()));
      parts.add(floats(NORM_WEIGHT, width, tied.norm()));
      parts.add(floats(NORM_BIAS, width, tied.normBias()));
      parts.add(floats(HEAD_BIAS, List.of(tied.outputs()), tied.bias()));
    }
    return parts;
  }

  private static Part floats(String name, List<Integer> shape, float[] values) {
    return new Part(
        name, "F32", shape, 4 * values.length, out -> putValues(out, values, ValuePrecision.FP32));
  }

  private static byte[] header(Diff diff, List<Part> parts) {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("__metadata__", MetadataText.write(diff.metadata()));
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
    byte[] padded = new byte[(json.length + 7) / 8 * 8];
    java.util.Arrays.fill(padded, (byte) ' ');
    System.arraycopy(json, 0, padded, 0, json.length);
    return padded;
  }

  private static void putInts(ByteBuffer out, int[] values) {
    out.asIntBuffer().put(values);
    out.position(out.position() + 4 * values.length);
  }

  private static void putValues(ByteBuffer out, float[] values, ValuePrecision precision) {
    for (float value : values) {
      if (precision == ValuePrecision.FP32) {
        out.putFloat(value);
      } else {
        out.putShort(HalfFloat.fromFloat(value));
      }
    }
  }

  private static void check(Diff diff) {
    if (diff.nonzeros() != diff.metadata().nonzeros()) {
      throw new IllegalArgumentException(
          "the metadata says "
              + diff.metadata().nonzeros()
              + " nonzeros, the tensors hold "
              + diff.nonzeros());
    }
    String before = "";
    for (SparseTensor tensor : diff.tensors()) {
      if (tensor.name().compareTo(before) <= 0) {
        throw new IllegalArgumentException(
            "tensors must ascend by name: " + tensor.name() + " after " + before);
      }
      before = tensor.name();
      int last = -1;
      for (int position : tensor.positions()) {
        if (position <= last) {
          throw new IllegalArgumentException(
              tensor.name() + ": position " + position + " after " + last);
        }
        last = position;
      }
    }
  }

  /** The header as text, for tests and tools that show it. */
  static String headerText(byte[] file) {
    long length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return new String(file, 8, (int) length, StandardCharsets.UTF_8);
  }
}

package dev.diffstream.schemas.diff;

import static dev.diffstream.schemas.safetensors.Safetensors.malformed;

import dev.diffstream.schemas.diff.Diff.DenseHead;
import dev.diffstream.schemas.diff.Diff.ProbeAnswers;
import dev.diffstream.schemas.diff.Diff.SparseTensor;
import dev.diffstream.schemas.diff.Diff.TiedHead;
import dev.diffstream.schemas.event.Objective.Labelling;
import dev.diffstream.schemas.safetensors.Safetensors;
import dev.diffstream.schemas.safetensors.Safetensors.Entry;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a diff file from strangers: strict, with MALFORMED_DIFF and the offset of what is wrong, or
 * UNSUPPORTED_VERSION for a later version. Whether the digest is the announced one and the base the
 * expected one is for the caller to check.
 */
public final class DiffReader {
  private DiffReader() {}

  public static Diff read(byte[] file) {
    return read(ByteBuffer.wrap(file));
  }

  public static Diff read(ByteBuffer file) {
    Safetensors.Header header = Safetensors.read(file);
    DiffMetadata metadata = MetadataText.read(header.metadata());
    ByteBuffer in = file.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    Diff diff =
        new Diff(
            metadata,
            tensors(header.entries(), metadata, in),
            head(metadata, header.entries(), in),
            probes(header.entries(), in));
    checkCounts(diff);
    return diff;
  }

  private static List<SparseTensor> tensors(
      Map<String, Entry> entries, DiffMetadata metadata, ByteBuffer in) {
    List<SparseTensor> tensors = new ArrayList<>();
    for (Entry indices : entries.values()) {
      if (indices.name().endsWith(DiffWriter.VALUES)) {
        String twin = stem(indices.name(), DiffWriter.VALUES) + DiffWriter.INDICES;
        if (!entries.containsKey(twin)) {
          throw malformed(indices.offset(), twin + " beside " + indices.name(), "none");
        }
      }
      if (indices.name().endsWith(DiffWriter.INDICES)) {
        String name = stem(indices.name(), DiffWriter.INDICES);
        Entry values = required(entries, name + DiffWriter.VALUES);
        expect(indices, "I32", 1);
        expect(values, metadata.precision().dtype(), 1);
        if (values.elements() != indices.elements()) {
          throw malformed(
              values.offset(),
              indices.elements() + " values of " + name,
              values.elements() + " values");
        }
        tensors.add(
            new SparseTensor(
                name, positions(indices, in), values(values, in, metadata.precision())));
      }
    }
    tensors.sort(Comparator.comparing(SparseTensor::name));
    return tensors;
  }

  private static int[] positions(Entry entry, ByteBuffer in) {
    int[] positions = new int[(int) entry.elements()];
    at(in, entry).asIntBuffer().get(positions);
    int last = -1;
    for (int i = 0; i < positions.length; i++) {
      if (positions[i] <= last) {
        throw malformed(
            entry.offset() + 4L * i,
            "a position above " + last + " in " + entry.name(),
            Integer.toString(positions[i]));
      }
      last = positions[i];
    }
    return positions;
  }

  private static float[] values(Entry entry, ByteBuffer in, ValuePrecision precision) {
    float[] values = new float[(int) entry.elements()];
    ByteBuffer from = at(in, entry);
    for (int i = 0; i < values.length; i++) {
      values[i] =
          precision == ValuePrecision.FP32 ? from.getFloat() : HalfFloat.toFloat(from.getShort());
      if (!Float.isFinite(values[i])) {
        throw malformed(
            entry.offset() + (long) i * precision.bytes(),
            "finite values in " + entry.name(),
            Float.toString(values[i]));
      }
    }
    return values;
  }

  private static Diff.Head head(DiffMetadata metadata, Map<String, Entry> entries, ByteBuffer in) {
    return metadata.objective().labelling() == Labelling.NONE
        ? tiedHead(entries, in)
        : linearHead(entries, in);
  }

  private static DenseHead linearHead(Map<String, Entry> entries, ByteBuffer in) {
    Entry weight = required(entries, DiffWriter.HEAD_WEIGHT);
    expect(weight, "F32", 2);
    long outputs = weight.shape().get(0);
    long features = weight.shape().get(1);
    if (outputs < 1 || features < 1) {
      throw malformed(weight.offset(), "outputs and features", "a head of " + weight.shape());
    }
    return new DenseHead(
        (int) outputs,
        (int) features,
        values(weight, in, ValuePrecision.FP32),
        vector(DiffWriter.HEAD_BIAS, outputs, entries, in));
  }

  private static TiedHead tiedHead(Map<String, Entry> entries, ByteBuffer in) {
    Entry transform = required(entries, DiffWriter.TRANSFORM_WEIGHT);
    expect(transform, "F32", 2);
    long embedding = transform.shape().get(0);
    long features = transform.shape().get(1);
    Entry bias = required(entries, DiffWriter.HEAD_BIAS);
    if (embedding < 1 || features < 1 || bias.elements() < 1) {
      throw malformed(
          transform.offset(), "a transform and outputs", "a head of " + transform.shape());
    }
    return new TiedHead(
        (int) bias.elements(),
        (int) features,
        (int) embedding,
        values(transform, in, ValuePrecision.FP32),
        vector(DiffWriter.TRANSFORM_BIAS, embedding, entries, in),
        vector(DiffWriter.NORM_WEIGHT, embedding, entries, in),
        vector(DiffWriter.NORM_BIAS, embedding, entries, in),
        vector(DiffWriter.HEAD_BIAS, bias.elements(), entries, in));
  }

  private static float[] vector(
      String name, long elements, Map<String, Entry> entries, ByteBuffer in) {
    Entry entry = required(entries, name);
    expect(entry, "F32", 1);
    if (entry.elements() != elements) {
      throw malformed(
          entry.offset(), elements + " values in " + name, entry.elements() + " values");
    }
    return values(entry, in, ValuePrecision.FP32);
  }

  private static @Nullable ProbeAnswers probes(Map<String, Entry> entries, ByteBuffer in) {
    Entry probes = entries.get(DiffWriter.PROBES);
    if (probes == null) {
      return null;
    }
    expect(probes, "F32", 2);
    return new ProbeAnswers(
        (int) (long) probes.shape().get(0),
        (int) (long) probes.shape().get(1),
        values(probes, in, ValuePrecision.FP32));
  }

  private static void checkCounts(Diff diff) {
    DiffMetadata metadata = diff.metadata();
    if (diff.nonzeros() != metadata.nonzeros()) {
      throw malformed(
          8,
          metadata.nonzeros() + " nonzeros, as the metadata says",
          Long.toString(diff.nonzeros()));
    }
    int outputs =
        switch (metadata.objective().labelling()) {
          case NUMBER -> 1;
          case CLASS, LABEL_SET, TAGS -> metadata.labels().size();
          case NONE -> diff.head().outputs();
        };
    if (diff.head().outputs() != outputs) {
      throw malformed(
          8,
          "a head with " + outputs + " outputs, as the labels say",
          diff.head().outputs() + " outputs");
    }
    checkProbes(diff.probes(), ProbeRow.width(metadata.objective(), outputs));
  }

  private static void checkProbes(@Nullable ProbeAnswers probes, int width) {
    if (probes != null
        && (probes.outputs() != width || probes.sentences() != ProbeSentences.V1.size())) {
      throw malformed(
          8,
          ProbeSentences.V1.size() + " x " + width + " probe answers",
          probes.sentences() + " x " + probes.outputs());
    }
  }

  private static void expect(Entry entry, String dtype, int dimensions) {
    if (!entry.dtype().equals(dtype) || entry.shape().size() != dimensions) {
      throw malformed(
          entry.offset(),
          entry.name() + " as " + dtype + " with " + dimensions + " dimensions",
          entry.dtype() + entry.shape());
    }
  }

  private static Entry required(Map<String, Entry> entries, String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw malformed(8, "a tensor " + name, "none");
    }
    return entry;
  }

  private static ByteBuffer at(ByteBuffer in, Entry entry) {
    return in.slice((int) entry.offset(), (int) entry.bytes()).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static String stem(String name, String suffix) {
    return name.substring(0, name.length() - suffix.length());
  }
}

package dev.diffstream.schemas.diff.format;

import static dev.diffstream.schemas.safetensors.Safetensors.malformed;

import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.DenseHead;
import dev.diffstream.schemas.diff.model.Diff.ProbeAnswers;
import dev.diffstream.schemas.diff.model.Diff.TiedHead;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.event.Objective.Labelling;
import dev.diffstream.schemas.safetensors.Safetensors;
import dev.diffstream.schemas.safetensors.Safetensors.Entry;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The dense tensors of a diff file.
 *
 * @param file little-endian
 */
record HeadTensors(ByteBuffer file, Map<String, Entry> entries) {

  Diff.Head head(DiffMetadata metadata) {
    return metadata.objective().labelling() == Labelling.NONE ? tied() : dense();
  }

  private DenseHead dense() {
    Entry weight = Safetensors.required(entries, TensorNames.HEAD_WEIGHT, "F32", 2);
    long outputs = weight.shape().get(0);
    long features = weight.shape().get(1);
    if (outputs < 1 || features < 1) {
      throw malformed(weight.offset(), "outputs and features", "a head of " + weight.shape());
    }
    return new DenseHead(
        (int) outputs, (int) features, floats(weight), vector(TensorNames.HEAD_BIAS, outputs));
  }

  private TiedHead tied() {
    Entry transform = Safetensors.required(entries, TensorNames.TRANSFORM_WEIGHT, "F32", 2);
    long embedding = transform.shape().get(0);
    long features = transform.shape().get(1);
    Entry bias = Safetensors.required(entries, TensorNames.HEAD_BIAS, "F32", 1);
    if (embedding < 1 || features < 1 || bias.elements() < 1) {
      throw malformed(
          transform.offset(), "a transform and outputs", "a head of " + transform.shape());
    }
    return new TiedHead(
        (int) bias.elements(),
        (int) features,
        (int) embedding,
        floats(transform),
        vector(TensorNames.TRANSFORM_BIAS, embedding),
        vector(TensorNames.NORM_WEIGHT, embedding),
        vector(TensorNames.NORM_BIAS, embedding),
        floats(bias));
  }

  private float[] vector(String name, long elements) {
    Entry entry = Safetensors.required(entries, name, "F32", 1);
    if (entry.elements() != elements) {
      throw malformed(
          entry.offset(), elements + " values in " + name, entry.elements() + " values");
    }
    return floats(entry);
  }

  @Nullable ProbeAnswers probes() {
    if (!entries.containsKey(TensorNames.PROBES)) {
      return null;
    }
    Entry probes = Safetensors.required(entries, TensorNames.PROBES, "F32", 2);
    return new ProbeAnswers(
        (int) (long) probes.shape().get(0), (int) (long) probes.shape().get(1), floats(probes));
  }

  private float[] floats(Entry entry) {
    float[] values = new float[(int) entry.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = file.getFloat((int) entry.offset() + 4 * i);
      if (!Float.isFinite(values[i])) {
        throw malformed(
            entry.offset() + 4L * i, "finite values in " + entry.name(), Float.toString(values[i]));
      }
    }
    return values;
  }
}

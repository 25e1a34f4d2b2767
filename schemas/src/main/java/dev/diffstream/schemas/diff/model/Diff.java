package dev.diffstream.schemas.diff.model;

import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.diff.probe.ProbeRow;
import dev.diffstream.schemas.diff.probe.ProbeSentences;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A sparse change to a base, with the task's dense head, in memory.
 *
 * @param tensors in ascending order of name; a parameter without a change has none
 * @param probes what the diff answers to the fixed probe sentences; null for a diff without
 * @param auxiliary tensors of the file that this program does not know, by name; kept as they are
 */
public record Diff(
    DiffMetadata metadata,
    List<SparseTensor> tensors,
    Head head,
    @Nullable ProbeAnswers probes,
    Map<String, AuxiliaryTensor> auxiliary) {

  public Diff {
    tensors = List.copyOf(tensors);
    auxiliary = Map.copyOf(auxiliary);
  }

  /** Without auxiliary tensors. */
  public Diff(
      DiffMetadata metadata, List<SparseTensor> tensors, Head head, @Nullable ProbeAnswers probes) {
    this(metadata, tensors, head, probes, Map.of());
  }

  /**
   * Changes to one parameter: {@code theta[position] = fl32(theta0[position] + value)}.
   *
   * @param shape of the whole parameter; less than 2^31 values
   * @param positions flat, row-major, strictly ascending; the array is shared, not copied
   * @param values as they are added, in fp32, one per position; shared
   */
  @SuppressWarnings(
      "ArrayRecordComponent") // tens of thousands of numbers that are read once, straight into the
  // overlay
  public record SparseTensor(String name, List<Integer> shape, int[] positions, float[] values) {
    public SparseTensor {
      shape = List.copyOf(shape);
      if (positions.length != values.length) {
        throw new IllegalArgumentException(
            name + ": " + positions.length + " positions but " + values.length + " values");
      }
    }

    /** Number of values of the whole parameter. */
    public long size() {
      return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    }
  }

  /**
   * A tensor with a meaning that this program does not know.
   *
   * @param dtype of safetensors
   * @param bytes little-endian, row-major; shared
   */
  @SuppressWarnings("ArrayRecordComponent") // as above
  public record AuxiliaryTensor(String dtype, List<Long> shape, byte[] bytes) {
    public AuxiliaryTensor {
      shape = List.copyOf(shape);
    }
  }

  /** The dense part of a task, which is kept whole. */
  public sealed interface Head {
    int outputs();

    /** Width of what the head sees. */
    int features();
  }

  /**
   * {@code logits = weight * features + bias}.
   *
   * @param weight {@code outputs x features}, row-major; shared
   * @param bias {@code outputs}; shared
   */
  @SuppressWarnings("ArrayRecordComponent") // as above
  public record DenseHead(int outputs, int features, float[] weight, float[] bias) implements Head {
    public DenseHead {
      if (outputs < 1
          || features < 1
          || weight.length != (long) outputs * features
          || bias.length != outputs) {
        throw new IllegalArgumentException(
            "a head of "
                + outputs
                + " x "
                + features
                + " with "
                + weight.length
                + " weights and "
                + bias.length
                + " biases");
      }
    }
  }

  /**
   * {@code logits = layerNorm(gelu(transform * features + transformBias)) * E^T + bias}, where E is
   * the base's word embedding with the diff's changes.
   *
   * @param outputs words of the vocabulary
   * @param embedding width of a word embedding
   * @param transform {@code embedding x features}, row-major; all arrays are shared
   */
  @SuppressWarnings("ArrayRecordComponent") // as above
  public record TiedHead(
      int outputs,
      int features,
      int embedding,
      float[] transform,
      float[] transformBias,
      float[] norm,
      float[] normBias,
      float[] bias)
      implements Head {
    public TiedHead {
      if (transform.length != (long) embedding * features
          || transformBias.length != embedding
          || norm.length != embedding
          || normBias.length != embedding
          || bias.length != outputs
          || outputs < 1
          || embedding < 1) {
        throw new IllegalArgumentException(
            "a tied head of %d x %d x %d with parts of other sizes"
                .formatted(outputs, embedding, features));
      }
    }
  }

  /**
   * What is recorded of the answers to the probe sentences of {@link ProbeSentences}, each asked
   * alone; see {@link ProbeRow}.
   *
   * @param logits {@code sentences x outputs}, row-major; shared
   */
  @SuppressWarnings("ArrayRecordComponent") // as above
  public record ProbeAnswers(int sentences, int outputs, float[] logits) {
    public ProbeAnswers {
      if (logits.length != (long) sentences * outputs) {
        throw new IllegalArgumentException(
            sentences + " x " + outputs + " probe answers, but " + logits.length + " logits");
      }
    }
  }

  /** The same with values of another precision: each tensor's rounded to it. */
  public Diff rounded(ValuePrecision precision) {
    return new Diff(
        metadata.with(precision, metadata.nonzeros()),
        tensors.stream()
            .map(
                t ->
                    new SparseTensor(
                        t.name(), t.shape(), t.positions(), precision.rounded(t.values())))
            .toList(),
        head,
        probes,
        auxiliary);
  }

  /** Number of changed positions over all tensors; the head is not counted. */
  public long nonzeros() {
    return tensors.stream().mapToLong(t -> t.positions().length).sum();
  }
}

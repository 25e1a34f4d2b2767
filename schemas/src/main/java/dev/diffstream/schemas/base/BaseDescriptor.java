package dev.diffstream.schemas.base;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a base is, for those who check diffs without loading it: {@code bases/<digest>/base.json}.
 *
 * @param tokenizerDigest SHA-256 of its tokenizer.json, or of what stands for it in bases that read
 *     tensors; absent in descriptors that name only the tensors
 * @param parameters in canonical order
 */
public record BaseDescriptor(
    String name, String digest, @Nullable String tokenizerDigest, List<ParameterShape> parameters) {
  /** A named tensor of the base and its shape. */
  public record ParameterShape(String name, List<Integer> shape) {
    public ParameterShape {
      shape = List.copyOf(shape);
    }

    /** Number of values. */
    public long size() {
      return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    }
  }

  /** A base whose tokeniser is not told. */
  public BaseDescriptor(String name, String digest, List<ParameterShape> parameters) {
    this(name, digest, null, parameters);
  }

  public BaseDescriptor {
    parameters = List.copyOf(parameters);
  }

  /** Number of values in all parameters: what density is a share of. */
  public long parameterCount() {
    return parameters.stream().mapToLong(ParameterShape::size).sum();
  }

  /** Size of the base in fp32. */
  public long bytes() {
    return 4 * parameterCount();
  }
}

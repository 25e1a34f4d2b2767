package dev.diffstream.schemas.registry;

import java.util.List;

/**
 * What a base is, for those who check diffs without loading it: {@code bases/<digest>/base.json}.
 *
 * @param parameters in canonical order
 */
public record BaseDescriptor(String name, String digest, List<ParameterShape> parameters) {
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

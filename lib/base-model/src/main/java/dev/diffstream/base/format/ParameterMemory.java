package dev.diffstream.base.format;

import dev.diffstream.base.architecture.Architecture;
import dev.diffstream.base.architecture.EncoderTensors;
import dev.diffstream.base.architecture.Family;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.lang.foreign.Arena;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The memory of a base's parameters while they are read from a file. A reader asks for the buffer
 * of each tensor by its name and shape; at the end no tensor may be missing.
 */
public final class ParameterMemory {
  /** Vector registers read best from here, and the engine aligns its own tensors so. */
  private static final int ALIGNMENT = 64;

  private final String base;
  private final Family family;
  private final SortedMap<String, Parameter> parameters = new TreeMap<>();
  private final Set<String> filled = new HashSet<>();

  /** Reserves zeroed memory for every tensor of the architecture. */
  public ParameterMemory(String base, Architecture architecture, Arena arena) {
    this.base = base;
    this.family = architecture.family();
    SortedMap<String, List<Integer>> shapes = EncoderTensors.shapes(architecture);
    shapes.forEach((name, shape) -> checkSize(name, shape));
    shapes.forEach(
        (name, shape) -> {
          long bytes = size(shape) * Float.BYTES;
          parameters.put(
              name,
              new Parameter(
                  name,
                  shape,
                  arena.allocate(bytes, ALIGNMENT).asByteBuffer().order(ByteOrder.nativeOrder())));
        });
  }

  /** {@link Family#canonical}. */
  Optional<String> canonical(String name) {
    return family.canonical(name);
  }

  /**
   * The buffer that a tensor's values are to be written to.
   *
   * @throws DiffstreamException BASE_UNKNOWN if the base has no such tensor, another shape of it,
   *     or it came before
   */
  FloatBuffer bufferOf(String name, List<Integer> shape) {
    Parameter parameter = parameters.get(name);
    if (parameter == null) {
      throw refused(
          "has a tensor %s, which no %s encoder of this size has".formatted(name, family));
    }
    if (!parameter.shape().equals(shape)) {
      throw refused("has %s of shape %s, expected %s".formatted(name, shape, parameter.shape()));
    }
    if (!filled.add(name)) {
      throw refused("has %s twice".formatted(name));
    }
    return parameter.values();
  }

  /**
   * All parameters in canonical order.
   *
   * @throws DiffstreamException BASE_UNKNOWN if a tensor was not read
   */
  public List<Parameter> complete() {
    List<String> missing = new ArrayList<>(parameters.keySet());
    missing.removeAll(filled);
    if (!missing.isEmpty()) {
      throw refused(
          "lacks %d of %d tensors, the first is %s"
              .formatted(missing.size(), parameters.size(), missing.getFirst()));
    }
    return List.copyOf(parameters.values());
  }

  static long size(List<Integer> shape) {
    return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
  }

  private void checkSize(String name, List<Integer> shape) {
    if (size(shape) * Float.BYTES > Integer.MAX_VALUE) {
      throw refused("has %s of shape %s; a tensor may take at most 2 GiB".formatted(name, shape));
    }
  }

  private DiffstreamException refused(String what) {
    return new DiffstreamException(ErrorCode.BASE_UNKNOWN, "base " + base + " " + what);
  }
}

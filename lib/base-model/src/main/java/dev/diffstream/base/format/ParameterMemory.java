package dev.diffstream.base.format;

import dev.diffstream.base.architecture.Architecture;
import dev.diffstream.base.architecture.EncoderPlan;
import dev.diffstream.base.architecture.EncoderTensors;
import dev.diffstream.base.architecture.Family;
import dev.diffstream.base.architecture.Parameter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory of a base's parameters while they are read from a file. A reader asks for the buffer
 * of each tensor by its name and shape; at the end no tensor may be missing.
 */
public final class ParameterMemory {
  private static final Logger LOG = LoggerFactory.getLogger(ParameterMemory.class);
  private static final int MAX_NAMES = 5;

  /** Vector registers read best from here, and the engine aligns its own tensors so. */
  private static final int ALIGNMENT = 64;

  private final Family family;
  private final SortedMap<String, Parameter> parameters = new TreeMap<>();
  private final Set<String> filled = new HashSet<>();
  private final List<String> foreign = new ArrayList<>();

  /**
   * Reserves zeroed memory for every tensor of the architecture; the weights of queries, keys and
   * values of a layer lie behind each other.
   *
   * @throws IllegalArgumentException if a tensor is too large
   */
  public ParameterMemory(Architecture architecture, Arena arena) {
    this.family = architecture.family();
    SortedMap<String, List<Integer>> shapes = EncoderTensors.shapes(architecture);
    shapes.forEach((name, shape) -> checkSize(name, shape));
    for (EncoderPlan.Layer layer : EncoderPlan.of(architecture).layers()) {
      reserve(layer.projections(), shapes, arena);
    }
    shapes.keySet().stream()
        .filter(name -> !parameters.containsKey(name))
        .toList()
        .forEach(name -> reserve(List.of(name), shapes, arena));
  }

  /** Puts tensors side by side, so that one product can take them as one matrix. */
  private void reserve(List<String> names, Map<String, List<Integer>> shapes, Arena arena) {
    long bytes = names.stream().mapToLong(name -> bytes(name, shapes)).sum();
    MemorySegment block = arena.allocate(bytes, ALIGNMENT);
    long from = 0;
    for (String name : names) {
      MemorySegment part = block.asSlice(from, bytes(name, shapes));
      parameters.put(
          name,
          new Parameter(
              name,
              Objects.requireNonNull(shapes.get(name)),
              part.asByteBuffer().order(ByteOrder.nativeOrder())));
      from += part.byteSize();
    }
  }

  private static long bytes(String name, Map<String, List<Integer>> shapes) {
    return size(Objects.requireNonNull(shapes.get(name))) * Float.BYTES;
  }

  /**
   * The canonical name of a tensor in a file; empty if it is no part of the base. Heads that are
   * not known are no part of it either, but {@link #complete} warns of them.
   */
  Optional<String> canonical(String name) {
    Optional<String> canonical = family.canonical(name);
    if (canonical.isPresent()
        && !parameters.containsKey(canonical.get())
        && !family.isInEncoder(canonical.get())) {
      foreign.add(name);
      return Optional.empty();
    }
    return canonical;
  }

  /**
   * The buffer that a tensor's values are to be written to.
   *
   * @throws IllegalArgumentException if the base has no such tensor, another shape of it, or it
   *     came before
   */
  FloatBuffer bufferOf(String name, List<Integer> shape) {
    Parameter parameter = parameters.get(name);
    if (parameter == null) {
      throw new IllegalArgumentException(
          "it has a tensor %s, which no %s encoder of this size has".formatted(name, family));
    }
    if (!parameter.shape().equals(shape)) {
      throw new IllegalArgumentException(
          "it has %s of shape %s, expected %s".formatted(name, shape, parameter.shape()));
    }
    if (!filled.add(name)) {
      throw new IllegalArgumentException("it has %s twice".formatted(name));
    }
    return parameter.values();
  }

  /**
   * All parameters in canonical order.
   *
   * @throws IllegalArgumentException if a tensor was not read
   */
  public List<Parameter> complete() {
    List<String> missing = new ArrayList<>(parameters.keySet());
    missing.removeAll(filled);
    if (!missing.isEmpty()) {
      throw new IllegalArgumentException(
          "it lacks %d of %d tensors, the first is %s%s"
              .formatted(
                  missing.size(),
                  parameters.size(),
                  missing.getFirst(),
                  foreign.isEmpty() ? "" : "; it has others, such as " + foreign.getFirst()));
    }
    if (!foreign.isEmpty()) {
      LOG.warn(
          "{} tensors are no part of a {} encoder and are not used: {}{}",
          foreign.size(),
          family,
          String.join(", ", foreign.subList(0, Math.min(foreign.size(), MAX_NAMES))),
          foreign.size() > MAX_NAMES ? ", …" : "");
    }
    return List.copyOf(parameters.values());
  }

  static long size(List<Integer> shape) {
    return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
  }

  private static void checkSize(String name, List<Integer> shape) {
    if (size(shape) * Float.BYTES > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "it has %s of shape %s; a tensor may take at most 2 GiB".formatted(name, shape));
    }
  }
}

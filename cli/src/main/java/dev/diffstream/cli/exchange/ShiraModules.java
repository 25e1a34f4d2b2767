package dev.diffstream.cli.exchange;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The modules that a diff changes, sorted by how a SHiRA adapter can carry them: sparsely, which is
 * the weights of linear layers alone, or whole.
 */
final class ShiraModules {
  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";
  private static final String EMBEDDINGS = "embeddings.";

  /** Changed weights of linear layers, by module. */
  private final SortedMap<String, SparseTensor> sparse = new TreeMap<>();

  /** Changes that only a whole module can carry, by parameter. */
  private final SortedMap<String, SparseTensor> dense = new TreeMap<>();

  private final Map<String, Parameter> parameters = new HashMap<>();

  ShiraModules(Base base, Diff diff) {
    base.parameters().forEach(parameter -> parameters.put(parameter.name(), parameter));
    int maxRank =
        diff.tensors().stream()
            .filter(tensor -> isLinearWeight(tensor.name()))
            .mapToInt(tensor -> (int) (size(tensor.name()) / sides(tensor.name())))
            .min()
            .orElse(0);
    for (SparseTensor tensor : diff.tensors()) {
      boolean fits =
          isLinearWeight(tensor.name())
              && tensor.positions().length <= (long) maxRank * sides(tensor.name());
      if (fits) {
        sparse.put(module(tensor.name()), tensor);
      } else {
        dense.put(tensor.name(), tensor);
      }
    }
  }

  SortedMap<String, SparseTensor> sparse() {
    return sparse;
  }

  SortedMap<String, SparseTensor> dense() {
    return dense;
  }

  /** Layer norms are small and always go whole; biases and embeddings only when asked for. */
  boolean isLayerNorm(String parameter) {
    Parameter weight = parameters.get(module(parameter) + WEIGHT);
    return weight != null && weight.shape().size() == 1;
  }

  /** The module of a parameter, such as {@code encoder.layer.0.output.dense}. */
  static String module(String parameter) {
    String suffix = parameter.endsWith(WEIGHT) ? WEIGHT : BIAS;
    return parameter.substring(0, parameter.length() - suffix.length());
  }

  /** Weight and, where there is one, bias of a module. */
  Iterable<Parameter> of(String module) {
    return parameters.values().stream()
            .filter(
                parameter ->
                    parameter.name().equals(module + WEIGHT)
                        || parameter.name().equals(module + BIAS))
        ::iterator;
  }

  int columns(String module) {
    return parameter(module + WEIGHT).shape().get(1);
  }

  /** The least r with which K = r (in + out) holds every sparse change; at least 1. */
  int rank() {
    long rank = 1;
    for (SparseTensor tensor : sparse.values()) {
      long sides = sides(tensor.name());
      rank = Math.max(rank, (tensor.positions().length + sides - 1) / sides);
    }
    return (int) rank;
  }

  /** in + out of a linear layer's weight. */
  int sides(String weight) {
    return parameter(weight).shape().get(0) + parameter(weight).shape().get(1);
  }

  private long size(String name) {
    return parameter(name).size();
  }

  private boolean isLinearWeight(String name) {
    return name.endsWith(WEIGHT)
        && parameter(name).shape().size() == 2
        && !name.startsWith(EMBEDDINGS);
  }

  private Parameter parameter(String name) {
    Parameter parameter = parameters.get(name);
    if (parameter == null) {
      throw new IllegalArgumentException("no parameter " + name);
    }
    return parameter;
  }
}

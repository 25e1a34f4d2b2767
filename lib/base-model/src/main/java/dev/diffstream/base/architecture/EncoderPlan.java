package dev.diffstream.base.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An encoder as the parts that are applied one after the other, each with the names of its tensors.
 * Memory, training script and serving pass are all made from it.
 *
 * <pre>
 * x     = norm(words[id] + positions[firstPosition + i] + types[type]), projected if need be
 * layer : c = attention(query(x), key(x), value(x))
 *         x = attentionNorm(x + output(c))
 *         x = feedForwardNorm(x + down(activation(up(x))))
 * </pre>
 */
public record EncoderPlan(Embeddings embeddings, List<Layer> layers) {
  /** y = weight x + bias. */
  public record Linear(String weight, String bias, int outputs, int inputs) {
    List<String> parameters() {
      return List.of(weight, bias);
    }
  }

  /** y = weight (x - mean(x)) / sqrt(variance(x) + epsilon) + bias, over the width. */
  public record Norm(String weight, String bias, int width) {
    List<String> parameters() {
      return List.of(weight, bias);
    }
  }

  /** Rows of a matrix, one for each word, position or type. */
  public record Table(String name, int rows, int width) {}

  /**
   * What becomes the input of the first layer.
   *
   * @param firstPosition row of the positions that the first token takes
   * @param types empty in families without token types
   * @param projection from the embeddings' width to that of the layers, where they differ
   */
  public record Embeddings(
      Table words,
      Table positions,
      int firstPosition,
      Optional<Table> types,
      Norm norm,
      Optional<Linear> projection) {
    /** The tables that are summed, in this order. */
    public List<Table> tables() {
      List<Table> tables = new ArrayList<>(List.of(words, positions));
      types.ifPresent(tables::add);
      return tables;
    }

    /** Names of all tensors. */
    public List<String> parameters() {
      List<String> names = new ArrayList<>();
      tables().forEach(table -> names.add(table.name()));
      names.addAll(norm.parameters());
      projection.ifPresent(linear -> names.addAll(linear.parameters()));
      return names;
    }
  }

  /** One transformer layer with a norm after each of its two sums. */
  public record Layer(
      Linear query,
      Linear key,
      Linear value,
      Linear output,
      Norm attentionNorm,
      Linear up,
      Linear down,
      Norm feedForwardNorm) {
    /** The weights of queries, keys and values, which are applied to the same input. */
    public List<String> projections() {
      return List.of(query.weight(), key.weight(), value.weight());
    }

    /** In the order in which they are applied. */
    public List<Linear> linears() {
      return List.of(query, key, value, output, up, down);
    }

    /** Names of all tensors. */
    public List<String> parameters() {
      List<String> names = new ArrayList<>();
      linears().forEach(linear -> names.addAll(linear.parameters()));
      names.addAll(attentionNorm.parameters());
      names.addAll(feedForwardNorm.parameters());
      return names;
    }
  }

  public EncoderPlan {
    layers = List.copyOf(layers);
  }

  public static EncoderPlan of(Architecture architecture) {
    List<Layer> layers = new ArrayList<>();
    for (int layer = 0; layer < architecture.layers(); layer++) {
      layers.add(layer(architecture, architecture.family().layer().path() + layer + "."));
    }
    return new EncoderPlan(embeddings(architecture), layers);
  }

  /** All norms, in the order in which they are applied. */
  public List<Norm> norms() {
    List<Norm> norms = new ArrayList<>();
    norms.add(embeddings.norm());
    layers.forEach(layer -> norms.addAll(List.of(layer.attentionNorm(), layer.feedForwardNorm())));
    return norms;
  }

  /** All linear parts, in the order in which they are applied. */
  public List<Linear> linears() {
    List<Linear> linears = new ArrayList<>();
    embeddings.projection().ifPresent(linears::add);
    layers.forEach(layer -> linears.addAll(layer.linears()));
    return linears;
  }

  private static Embeddings embeddings(Architecture a) {
    String path = "embeddings.";
    int width = a.embedding();
    return new Embeddings(
        new Table(EncoderTensors.WORDS, a.vocab(), width),
        new Table(EncoderTensors.POSITIONS, a.firstPosition() + a.maxPositions(), width),
        a.firstPosition(),
        a.family().hasTokenTypes()
            ? Optional.of(new Table(path + "token_type_embeddings.weight", a.typeVocab(), width))
            : Optional.empty(),
        norm(path + "LayerNorm", width),
        a.projectsEmbeddings()
            ? Optional.of(linear("embeddings_project", a.hidden(), width))
            : Optional.empty());
  }

  private static Layer layer(Architecture a, String path) {
    List<String> modules = a.family().layer().modules().stream().map(path::concat).toList();
    int hidden = a.hidden();
    return new Layer(
        linear(modules.get(0), hidden, hidden),
        linear(modules.get(1), hidden, hidden),
        linear(modules.get(2), hidden, hidden),
        linear(modules.get(3), hidden, hidden),
        norm(modules.get(4), hidden),
        linear(modules.get(5), a.intermediate(), hidden),
        linear(modules.get(6), hidden, a.intermediate()),
        norm(modules.get(7), hidden));
  }

  private static Linear linear(String module, int outputs, int inputs) {
    return new Linear(module + ".weight", module + ".bias", outputs, inputs);
  }

  private static Norm norm(String module, int width) {
    return new Norm(module + ".weight", module + ".bias", width);
  }
}

package dev.diffstream.base.architecture;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The tensors of an encoder: their canonical Hugging Face names, their shapes, their order. */
public final class EncoderTensors {
  public static final String WORDS = "embeddings.word_embeddings.weight";
  public static final String POSITIONS = "embeddings.position_embeddings.weight";

  private record Tensor(String name, List<Integer> shape) {}

  private EncoderTensors() {}

  /** Canonical name to shape, in the canonical order: by name, as {@link String#compareTo}. */
  public static SortedMap<String, List<Integer>> shapes(Architecture architecture) {
    SortedMap<String, List<Integer>> shapes = new TreeMap<>();
    tensors(architecture).forEach(tensor -> shapes.put(tensor.name(), tensor.shape()));
    return Collections.unmodifiableSortedMap(shapes);
  }

  /** The names in the order in which scripts index the weights. */
  public static List<String> scriptOrder(Architecture architecture) {
    return tensors(architecture).stream().map(Tensor::name).toList();
  }

  /** Number of tensors before those of the first layer. */
  public static int beforeLayers(Architecture architecture) {
    return embeddings(EncoderPlan.of(architecture).embeddings()).size();
  }

  private static List<Tensor> tensors(Architecture architecture) {
    EncoderPlan plan = EncoderPlan.of(architecture);
    List<Tensor> tensors = embeddings(plan.embeddings());
    for (EncoderPlan.Layer layer : plan.layers()) {
      linear(tensors, layer.query());
      linear(tensors, layer.key());
      linear(tensors, layer.value());
      linear(tensors, layer.output());
      norm(tensors, layer.attentionNorm());
      linear(tensors, layer.up());
      linear(tensors, layer.down());
      norm(tensors, layer.feedForwardNorm());
    }
    return tensors;
  }

  private static List<Tensor> embeddings(EncoderPlan.Embeddings embeddings) {
    List<Tensor> tensors = new ArrayList<>();
    for (EncoderPlan.Table table : embeddings.tables()) {
      tensors.add(new Tensor(table.name(), List.of(table.rows(), table.width())));
    }
    norm(tensors, embeddings.norm());
    embeddings.projection().ifPresent(projection -> linear(tensors, projection));
    return tensors;
  }

  private static void linear(List<Tensor> tensors, EncoderPlan.Linear linear) {
    tensors.add(new Tensor(linear.weight(), List.of(linear.outputs(), linear.inputs())));
    tensors.add(new Tensor(linear.bias(), List.of(linear.outputs())));
  }

  private static void norm(List<Tensor> tensors, EncoderPlan.Norm norm) {
    tensors.add(new Tensor(norm.weight(), List.of(norm.width())));
    tensors.add(new Tensor(norm.bias(), List.of(norm.width())));
  }
}

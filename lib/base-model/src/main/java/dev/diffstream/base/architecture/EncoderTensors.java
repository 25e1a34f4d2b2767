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
  private static final String TYPES = "embeddings.token_type_embeddings.weight";

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
    return embeddings(architecture).size();
  }

  private static List<Tensor> tensors(Architecture a) {
    List<Tensor> tensors = embeddings(a);
    for (int layer = 0; layer < a.layers(); layer++) {
      layer(tensors, a, a.family().layer().path() + layer + ".");
    }
    return tensors;
  }

  private static List<Tensor> embeddings(Architecture a) {
    List<Tensor> tensors = new ArrayList<>();
    tensors.add(new Tensor(WORDS, List.of(a.vocab(), a.embedding())));
    tensors.add(
        new Tensor(POSITIONS, List.of(a.firstPosition() + a.maxPositions(), a.embedding())));
    if (a.family().hasTokenTypes()) {
      tensors.add(new Tensor(TYPES, List.of(a.typeVocab(), a.embedding())));
    }
    vectors(tensors, "embeddings.LayerNorm", a.embedding());
    if (a.projectsEmbeddings()) {
      linear(tensors, "embeddings_project", a.hidden(), a.embedding());
    }
    return tensors;
  }

  private static void layer(List<Tensor> tensors, Architecture a, String path) {
    List<String> modules = a.family().layer().modules().stream().map(path::concat).toList();
    for (String attention : modules.subList(0, 4)) {
      linear(tensors, attention, a.hidden(), a.hidden());
    }
    vectors(tensors, modules.get(4), a.hidden());
    linear(tensors, modules.get(5), a.intermediate(), a.hidden());
    linear(tensors, modules.get(6), a.hidden(), a.intermediate());
    vectors(tensors, modules.get(7), a.hidden());
  }

  private static void linear(List<Tensor> tensors, String module, int outputs, int inputs) {
    tensors.add(new Tensor(module + ".weight", List.of(outputs, inputs)));
    tensors.add(new Tensor(module + ".bias", List.of(outputs)));
  }

  private static void vectors(List<Tensor> tensors, String module, int width) {
    tensors.add(new Tensor(module + ".weight", List.of(width)));
    tensors.add(new Tensor(module + ".bias", List.of(width)));
  }
}

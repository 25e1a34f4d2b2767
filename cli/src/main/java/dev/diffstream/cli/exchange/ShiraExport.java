package dev.diffstream.cli.exchange;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.arithmetic.Magnitude;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A diff as a PEFT SHiRA adapter. SHiRA carries weights of linear layers sparsely; layer norms go
 * whole as {@code modules_to_save}. Changed biases and embeddings have no sparse place there.
 */
public final class ShiraExport {
  private static final String PREFIX = "base_model.model.";

  /** What becomes of changes that SHiRA cannot carry sparsely. */
  public enum Others {
    /** They are an error that says how much they are. */
    REFUSE,
    /** Their modules are sent whole: the adapter gives the same answers and is large. */
    WHOLE,
    /** They are left out: the adapter is small and its answers differ. */
    LEAVE_OUT
  }

  private final DiffOnBase overlaid;
  private final Diff diff;
  private final Others others;
  private final String baseModel;
  private final ShiraModules modules;

  /**
   * @param baseModel what {@code base_model_name_or_path} says
   * @throws DiffstreamException BASE_MISMATCH if the diff is of another base
   */
  public ShiraExport(Base base, Diff diff, Others others, String baseModel) {
    this.overlaid = new DiffOnBase(base, diff);
    this.diff = diff;
    this.others = others;
    this.baseModel = baseModel;
    this.modules = new ShiraModules(base, diff);
  }

  /**
   * Writes {@code adapter_config.json}, {@code adapter_model.safetensors}, the head and the facts.
   *
   * @return what was done with the changes that are no weights of linear layers, for a person
   * @throws DiffstreamException INVALID_REQUEST if no linear layer can go sparsely, or there are
   *     changed biases or embeddings and these are to be refused
   */
  public String write(TaskFacts facts, Path directory) {
    Collection<SparseTensor> awkward = awkward();
    if (!awkward.isEmpty() && others == Others.REFUSE) {
      throw refused(
          "it carries weights of linear layers and whole layer norms; this diff has "
              + described(awkward)
              + " in biases or embeddings. Send their modules whole (--others whole) or leave them"
              + " out (--others leave-out)");
    }
    SortedSet<String> whole = whole(awkward);
    SortedSet<String> targets = new TreeSet<>(modules.sparse().keySet());
    targets.removeAll(whole);
    if (targets.isEmpty()) {
      throw refused("expected a linear layer of which the weight alone changes, got none");
    }
    writeModel(targets, whole, directory.resolve("adapter_model.safetensors"));
    ExchangeJson.write(directory.resolve("adapter_config.json"), config(targets, whole));
    HeadTensors.add(diff.head(), new TensorFile()).write(directory.resolve(HeadTensors.FILE));
    facts.writeBeside(directory);
    boolean lost = others == Others.LEAVE_OUT && !awkward.isEmpty();
    return "%d modules sparse with r = %d, %d whole%s"
        .formatted(
            targets.size(),
            modules.rank(),
            whole.size(),
            lost ? "; left out: " + described(awkward) : "");
  }

  private void writeModel(SortedSet<String> targets, SortedSet<String> whole, Path file) {
    TensorFile out = new TensorFile().with(Map.of("format", "pt"));
    targets.forEach(module -> addSparse(module, out));
    overlaid.overlaid(
        () -> {
          whole.forEach(module -> addWhole(module, out));
          out.write(file);
          return file;
        });
  }

  /** Changes that neither fit sparsely nor belong to a layer norm. */
  private Collection<SparseTensor> awkward() {
    SortedMap<String, SparseTensor> awkward = new TreeMap<>(modules.dense());
    awkward.keySet().removeIf(modules::isLayerNorm);
    return awkward.values();
  }

  private SortedSet<String> whole(Collection<SparseTensor> awkward) {
    SortedSet<String> whole = new TreeSet<>();
    for (SparseTensor tensor : modules.dense().values()) {
      if (others == Others.WHOLE || !awkward.contains(tensor)) {
        whole.add(ShiraModules.module(tensor.name()));
      }
    }
    return whole;
  }

  private void addSparse(String module, TensorFile out) {
    SparseTensor tensor = Objects.requireNonNull(modules.sparse().get(module));
    int length = modules.rank() * modules.sides(tensor.name());
    int columns = modules.columns(module);
    int[] indices = new int[2 * length];
    float[] values = new float[length];
    for (int i = 0; i < tensor.positions().length; i++) {
      indices[i] = tensor.positions()[i] / columns;
      indices[length + i] = tensor.positions()[i] % columns;
      values[i] = tensor.values()[i];
    }
    out.add(PREFIX + module + ".shira_weight", values);
    out.add(PREFIX + module + ".shira_indices", List.of(2, length), indices);
  }

  private void addWhole(String module, TensorFile out) {
    for (Parameter parameter : modules.of(module)) {
      out.add(PREFIX + parameter.name(), parameter.shape(), parameter.values());
    }
  }

  private SortedMap<String, Object> config(SortedSet<String> targets, SortedSet<String> whole) {
    SortedMap<String, Object> config = new TreeMap<>();
    config.put("base_model_name_or_path", baseModel);
    config.put("fan_in_fan_out", false);
    config.put("inference_mode", true);
    config.put("init_weights", true);
    config.put("mask_type", "custom");
    config.put("modules_to_save", whole);
    config.put("peft_type", "SHIRA");
    config.put("r", modules.rank());
    config.put("target_modules", targets);
    config.put("task_type", "FEATURE_EXTRACTION");
    return config;
  }

  private String described(Collection<SparseTensor> tensors) {
    Magnitude part =
        tensors.stream().map(Magnitude::of).reduce(new Magnitude(0, 0, 0), Magnitude::together);
    Magnitude all = Magnitude.of(diff);
    return String.format(
        Locale.ROOT,
        "%d of %d changed values in %d parameters, %.1f %% of the diff's L2 norm",
        part.nonzeros(),
        all.nonzeros(),
        tensors.size(),
        100 * part.l2() / all.l2());
  }

  private static DiffstreamException refused(String what) {
    return new DiffstreamException(ErrorCode.INVALID_REQUEST, "a SHiRA adapter: " + what);
  }
}

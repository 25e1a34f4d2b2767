package dev.diffstream.base.architecture;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kind of transformer encoder with layer norms after the sums: what its configuration calls the
 * sizes, what its files call the tensors, and which parts it has. Everything else is common to all
 * families.
 */
public enum Family {
  BERT(Set.of("bert"), "bert", Fields.BERT, Layer.BERT, "pooler|cls|classifier|qa_outputs"),
  /** Positions count from the one after the padding token's id. */
  ROBERTA(
      Set.of("roberta", "xlm-roberta"),
      "roberta",
      Fields.BERT,
      Layer.BERT,
      "pooler|lm_head|classifier|qa_outputs"),
  /** Without token types; its layer norms always add 1e-12. */
  DISTILBERT(
      Set.of("distilbert"),
      "distilbert",
      Fields.DISTILBERT,
      Layer.DISTILBERT,
      "vocab_transform|vocab_layer_norm|vocab_projector|pre_classifier|classifier|qa_outputs"),
  /** The embeddings may be narrower than the layers; a matrix then leads from one to the other. */
  ELECTRA(
      Set.of("electra"),
      "electra",
      Fields.BERT,
      Layer.BERT,
      "discriminator_predictions|generator_predictions|generator_lm_head|sequence_summary"
          + "|classifier|qa_outputs");

  /** What a configuration file calls the sizes of an encoder. */
  public record Fields(
      String hidden, String layers, String heads, String intermediate, String act) {
    private static final Fields BERT =
        new Fields(
            "hidden_size",
            "num_hidden_layers",
            "num_attention_heads",
            "intermediate_size",
            "hidden_act");
    private static final Fields DISTILBERT =
        new Fields("dim", "n_layers", "n_heads", "hidden_dim", "activation");
  }

  /**
   * The modules of a layer in the order in which they are applied, each with a weight and a bias.
   */
  record Layer(String path, List<String> modules) {
    /** The module that holds all layers, with its dot. */
    String encoder() {
      return path.substring(0, path.indexOf('.') + 1);
    }

    private static final Layer BERT =
        new Layer(
            "encoder.layer.",
            List.of(
                "attention.self.query",
                "attention.self.key",
                "attention.self.value",
                "attention.output.dense",
                "attention.output.LayerNorm",
                "intermediate.dense",
                "output.dense",
                "output.LayerNorm"));
    private static final Layer DISTILBERT =
        new Layer(
            "transformer.layer.",
            List.of(
                "attention.q_lin",
                "attention.k_lin",
                "attention.v_lin",
                "attention.out_lin",
                "sa_layer_norm",
                "ffn.lin1",
                "ffn.lin2",
                "output_layer_norm"));
  }

  private static final Pattern MODEL_CLASS =
      Pattern.compile("(Bert|Roberta|XLMRoberta|DistilBert|Electra)(Model|For[A-Z]\\w*)");

  private final Set<String> modelTypes;
  private final String prefix;
  private final Fields fields;
  private final Layer layer;
  private final Pattern ignored;

  Family(Set<String> modelTypes, String prefix, Fields fields, Layer layer, String heads) {
    this.modelTypes = modelTypes;
    this.prefix = prefix + ".";
    this.fields = fields;
    this.layer = layer;
    this.ignored =
        Pattern.compile(
            "(%s|dropout)\\..*|embeddings\\.(position|token_type)_ids".formatted(heads));
  }

  /** The family of a {@code model_type}. */
  public static Optional<Family> of(String modelType) {
    for (Family family : values()) {
      if (family.modelTypes.contains(modelType)) {
        return Optional.of(family);
      }
    }
    return Optional.empty();
  }

  /** The family of a model class of the transformers library, such as {@code BertForMaskedLM}. */
  public static Optional<Family> ofModelClass(String name) {
    Matcher matcher = MODEL_CLASS.matcher(name);
    return matcher.matches()
        ? of(matcher.group(1).replace("XLMR", "xlm-r").toLowerCase(Locale.ROOT))
        : Optional.empty();
  }

  public Fields fields() {
    return fields;
  }

  Layer layer() {
    return layer;
  }

  public boolean hasTokenTypes() {
    return this != DISTILBERT;
  }

  public boolean projectsEmbeddings() {
    return this == ELECTRA;
  }

  public boolean positionsFollowPadding() {
    return this == ROBERTA;
  }

  /**
   * The canonical name of a tensor in a file: without the family's prefix, with {@code weight} and
   * {@code bias} for the {@code gamma} and {@code beta} of old files. Empty for what is no part of
   * a base: pooler, task heads, position ids.
   */
  public Optional<String> canonical(String name) {
    String bare = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    if (ignored.matcher(bare).matches()) {
      return Optional.empty();
    }
    if (bare.endsWith(".gamma")) {
      return Optional.of(bare.substring(0, bare.length() - "gamma".length()) + "weight");
    }
    if (bare.endsWith(".beta")) {
      return Optional.of(bare.substring(0, bare.length() - "beta".length()) + "bias");
    }
    return Optional.of(bare);
  }

  /**
   * Whether a canonical name lies within the encoder. A tensor elsewhere belongs to a head and does
   * not change what the encoder computes.
   */
  public boolean isInEncoder(String canonical) {
    return canonical.startsWith("embeddings") || canonical.startsWith(layer.encoder());
  }

  @Override
  public String toString() {
    return prefix.substring(0, prefix.length() - 1);
  }
}

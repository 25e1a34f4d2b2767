package dev.diffstream.cli.exchange;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.base.architecture.Activation;
import dev.diffstream.base.architecture.Architecture;
import dev.diffstream.base.architecture.Family;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.DenseHead;
import dev.diffstream.schemas.diff.model.Diff.TiedHead;
import dev.diffstream.schemas.event.Objective.Labelling;
import java.nio.FloatBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a task's head stands in a checkpoint. Heads of single tokens have a published architecture
 * that computes the same; heads over means and pairs have none, since the published ones classify
 * the first token or a pooler's output.
 */
final class CheckpointHead {
  private enum Kind {
    TOKENS("ForTokenClassification"),
    WORDS("ForMaskedLM"),
    BESIDE("Model");

    private final String suffix;

    Kind(String suffix) {
      this.suffix = suffix;
    }
  }

  private final Family family;
  private final Diff.Head head;
  private final Kind kind;

  private CheckpointHead(Family family, Diff.Head head, Kind kind) {
    this.family = family;
    this.head = head;
    this.kind = kind;
  }

  static CheckpointHead of(Architecture architecture, Diff diff) {
    Family family = architecture.family();
    Kind kind = Kind.BESIDE;
    if (diff.metadata().objective().labelling() == Labelling.TAGS) {
      kind = Kind.TOKENS;
    } else if (diff.head() instanceof TiedHead && computesWords(architecture)) {
      kind = Kind.WORDS;
    }
    return new CheckpointHead(family, diff.head(), kind);
  }

  /** RoBERTa's head has gelu whatever the layers have, BERT's has what the layers have. */
  private static boolean computesWords(Architecture architecture) {
    return architecture.family() == Family.ROBERTA
        || architecture.family() == Family.BERT && architecture.activation() == Activation.GELU;
  }

  boolean isInside() {
    return kind != Kind.BESIDE;
  }

  /** What stands before the encoder's names. */
  String prefix() {
    return isInside() ? family + "." : "";
  }

  void addTo(TensorFile out) {
    if (kind == Kind.TOKENS && head instanceof DenseHead dense) {
      out.add(
          "classifier.weight",
          List.of(dense.outputs(), dense.features()),
          FloatBuffer.wrap(dense.weight()));
      out.add("classifier.bias", dense.bias());
    } else if (kind == Kind.WORDS && head instanceof TiedHead tied) {
      boolean bert = family == Family.BERT;
      String path = bert ? "cls.predictions.transform." : "lm_head.";
      String norm = path + (bert ? "LayerNorm." : "layer_norm.");
      out.add(
          path + "dense.weight",
          List.of(tied.embedding(), tied.features()),
          FloatBuffer.wrap(tied.transform()));
      out.add(path + "dense.bias", tied.transformBias());
      out.add(norm + "weight", tied.norm());
      out.add(norm + "bias", tied.normBias());
      out.add(bert ? "cls.predictions.bias" : "lm_head.bias", tied.bias());
    }
  }

  /** Says architecture, number type and labels in the base's own configuration. */
  void describe(ObjectNode config, List<String> labels) {
    config.remove("torch_dtype");
    config.put("dtype", "float32");
    String type = config.path("model_type").asText();
    config.putArray("architectures").add(architecture(type));
    if (kind == Kind.TOKENS) {
      ObjectNode byId = config.putObject("id2label");
      ObjectNode byLabel = config.putObject("label2id");
      for (int i = 0; i < labels.size(); i++) {
        byId.put(Integer.toString(i), labels.get(i));
        byLabel.put(labels.get(i), i);
      }
    }
  }

  private @Nullable String architecture(String modelType) {
    return switch (modelType) {
      case "bert" -> "Bert" + kind.suffix;
      case "roberta" -> "Roberta" + kind.suffix;
      case "xlm-roberta" -> "XLMRoberta" + kind.suffix;
      case "distilbert" -> "DistilBert" + kind.suffix;
      case "electra" -> "Electra" + kind.suffix;
      default -> null;
    };
  }
}

package dev.diffstream.gateway;

import dev.diffstream.base.Base;
import dev.diffstream.base.Batch;
import dev.diffstream.base.Head;
import dev.diffstream.base.Input;
import dev.diffstream.base.Overlay;
import dev.diffstream.base.Parameter;
import dev.diffstream.base.Probes;
import dev.diffstream.base.SparseDelta;
import dev.diffstream.base.TensorInput;
import dev.diffstream.base.TensorSpec;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.Diff;
import dev.diffstream.schemas.diff.Diff.DenseHead;
import dev.diffstream.schemas.diff.Diff.SparseTensor;
import dev.diffstream.schemas.diff.DiffMetadata;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One base whose parameters hold one diff at a time. Switching writes the saved values of the last
 * diff's positions back, never a difference (I7), and then adds the next.
 */
final class OverlaidBase implements Model {
  private static final int LEAST_TOKENS = 8;

  private final Base base;
  private final Overlay overlay; // belongs to the inference thread, as do the parameters' values
  private final Map<String, Parameter> parameters = new HashMap<>();
  private @Nullable FittedDiff applied; // belongs to the inference thread

  private record FittedDiff(SparseDelta delta, Head head, int maxTokens) implements Fitted {}

  OverlaidBase(Base base) {
    this.base = base;
    this.overlay = new Overlay(base);
    base.parameters().forEach(parameter -> parameters.put(parameter.name(), parameter));
  }

  @Override
  public String baseName() {
    return base.name();
  }

  @Override
  public String baseDigest() {
    return base.digest();
  }

  @Override
  public Fitted fit(Diff diff) {
    List<SparseDelta.Entry> changes = diff.tensors().stream().map(this::change).toList();
    int maxTokens = diff.metadata().maxTokens();
    if (base.readsText() && (maxTokens < LEAST_TOKENS || maxTokens > base.longestText())) {
      throw malformed(
          "maxTokens from " + LEAST_TOKENS + " to " + base.longestText(),
          Integer.toString(maxTokens));
    }
    return new FittedDiff(
        new SparseDelta(changes),
        head(diff.head(), diff.metadata().objective().pairs()),
        maxTokens);
  }

  private SparseDelta.Entry change(SparseTensor tensor) {
    Parameter parameter = parameters.get(tensor.name());
    if (parameter == null) {
      throw malformed("parameters of base " + base.name(), tensor.name());
    }
    int[] positions = tensor.positions();
    if (positions.length > 0 && positions[positions.length - 1] >= parameter.size()) {
      throw malformed(
          "positions of " + tensor.name() + " below " + parameter.size(),
          Integer.toString(positions[positions.length - 1]));
    }
    return new SparseDelta.Entry(tensor.name(), positions, tensor.values());
  }

  private Head head(DenseHead from, boolean pairs) {
    if (pairs && !base.readsText()) {
      throw malformed("an objective without pairs, for base " + base.name(), "pairs");
    }
    int features = featureCount(pairs);
    if (from.features() != features) {
      throw malformed("a head of " + features + " features", Integer.toString(from.features()));
    }
    Head head = new Head(from.outputs(), from.features());
    head.weight().put(from.weight());
    head.bias().put(from.bias());
    return head;
  }

  @Override
  public float[] logits(Fitted fitted, Question question) {
    FittedDiff diff = (FittedDiff) fitted;
    switchTo(diff);
    Batch alone = Batch.of(List.of(input(question, diff.maxTokens())));
    return base.encoder().logits(alone, diff.head())[0];
  }

  private Input input(Question question, int maxTokens) {
    return switch (question) {
      case Question.OfText(String text, String textPair) ->
          base.tokenizer().encode(text, textPair, maxTokens);
      case Question.OfTensors(TensorInput tensors) -> tensors;
    };
  }

  @Override
  public List<TensorSpec> tensorInputs() {
    return base.tensorInputs();
  }

  @Override
  public List<Question> probes(DiffMetadata metadata) {
    if (base.readsText()) {
      return Model.super.probes(metadata);
    }
    return Probes.of(base, false, metadata.maxTokens()).stream()
        .<Question>map(input -> new Question.OfTensors((TensorInput) input))
        .toList();
  }

  private void switchTo(@Nullable FittedDiff next) {
    if (applied == next) {
      return;
    }
    applied = null; // should the overlay fail, the next call begins with a restore
    if (next == null) {
      overlay.restore();
    } else {
      overlay.switchTo(next.delta());
    }
    applied = next;
  }

  /** Takes the diff off and closes the base; no call may be under way. */
  @Override
  public void close() {
    switchTo(null);
    base.close();
  }

  /** In canonical order. */
  List<Parameter> parameters() {
    return base.parameters();
  }

  int featureCount(boolean pairs) {
    return base.encoder().featureCount(pairs);
  }

  /** The digest of the base's parameters without any diff, computed from their bytes. */
  String restoredDigest() {
    switchTo(null);
    return base.currentDigest();
  }

  private static DiffstreamException malformed(String expected, String actual) {
    return new DiffstreamException(
        ErrorCode.MALFORMED_DIFF, "expected " + expected + ", got " + actual);
  }
}

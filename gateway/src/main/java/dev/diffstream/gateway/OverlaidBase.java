package dev.diffstream.gateway;

import dev.diffstream.base.Base;
import dev.diffstream.base.Head;
import dev.diffstream.base.Overlay;
import dev.diffstream.base.Parameter;
import dev.diffstream.base.ProbeQuestion;
import dev.diffstream.base.SparseDelta;
import dev.diffstream.base.WordEncoding;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.Diff;
import dev.diffstream.schemas.diff.Diff.SparseTensor;
import dev.diffstream.schemas.diff.ProbeRow;
import dev.diffstream.schemas.event.Objective;
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

  private record FittedDiff(SparseDelta delta, Head head, Objective objective, int maxTokens)
      implements Fitted {}

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
    if (maxTokens < LEAST_TOKENS || maxTokens > base.architecture().maxPositions()) {
      throw malformed(
          "maxTokens from " + LEAST_TOKENS + " to " + base.architecture().maxPositions(),
          Integer.toString(maxTokens));
    }
    return new FittedDiff(
        new SparseDelta(changes),
        head(diff.head(), diff.metadata().objective()),
        diff.metadata().objective(),
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

  private Head head(Diff.Head from, Objective objective) {
    return switch (from) {
      case Diff.DenseHead dense -> {
        int features = featureCount(objective.pairs());
        if (dense.features() != features) {
          throw malformed(
              "a head of " + features + " features", Integer.toString(dense.features()));
        }
        Head head = new Head(dense.outputs(), dense.features());
        head.weight().put(dense.weight());
        head.bias().put(dense.bias());
        yield head;
      }
      case Diff.TiedHead tied -> {
        Head head = base.encoder().newTiedHead();
        String expected = sizes(head.outputs(), head.embedding(), head.features());
        String actual = sizes(tied.outputs(), tied.embedding(), tied.features());
        if (!actual.equals(expected)) {
          throw malformed("a head of " + expected, actual);
        }
        head.weight()
            .put(tied.transform())
            .put(tied.transformBias())
            .put(tied.norm())
            .put(tied.normBias());
        head.bias().put(tied.bias());
        yield head;
      }
    };
  }

  private static String sizes(int outputs, int embedding, int features) {
    return outputs + " words x " + embedding + " x " + features;
  }

  @Override
  public Answer answer(Fitted fitted, String text, @Nullable String textPair) {
    FittedDiff diff = (FittedDiff) fitted;
    switchTo(diff);
    return switch (diff.objective().labelling()) {
      case CLASS, NUMBER, LABEL_SET -> new Answer.Scores(probeLogits(diff, text, textPair)[0]);
      case TAGS -> tagged(diff, text);
      case NONE -> new Answer.Filled(FillMask.of(base, diff.head(), text, diff.maxTokens()));
    };
  }

  private Answer tagged(FittedDiff diff, String text) {
    WordEncoding words = base.tokenizer().encodeWords(text, diff.maxTokens());
    float[][] asked = ProbeQuestion.tokens(base, diff.head(), words.encoding(), words.asked());
    float[][] byWord = new float[words.positions().length][];
    int at = 0;
    for (int word = 0; word < byWord.length; word++) {
      byWord[word] = words.positions()[word] < 0 ? new float[0] : asked[at++];
    }
    return new Answer.Tagged(words.words(), byWord);
  }

  @Override
  public float[] probe(Fitted fitted, String text, @Nullable String textPair) {
    FittedDiff diff = (FittedDiff) fitted;
    switchTo(diff);
    return ProbeRow.of(diff.objective(), probeLogits(diff, text, textPair));
  }

  private float[][] probeLogits(FittedDiff diff, String text, @Nullable String textPair) {
    return ProbeQuestion.logits(
        base, diff.head(), diff.objective(), text, textPair, diff.maxTokens());
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

package dev.diffstream.gateway.model;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.diff.Overlay;
import dev.diffstream.base.diff.ProbeInference;
import dev.diffstream.base.diff.Probes;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.input.TensorInput;
import dev.diffstream.base.input.TensorSpec;
import dev.diffstream.base.input.WordEncoding;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.data.Words;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.probe.ProbeRow;
import dev.diffstream.schemas.event.Objective;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One base whose parameters hold one diff at a time. Switching writes the saved values of the last
 * diff's positions back, never a difference (I7), and then adds the next.
 */
public final class OverlaidBase implements Model {
  private static final int MIN_TOKENS = 8;
  private static final int CHARS_PER_TOKEN = 64;

  private final Base base;
  private final Overlay overlay; // belongs to the inference thread, as do the parameters' values
  private final Map<String, Parameter> parameters = new HashMap<>();
  private @Nullable PreparedOverlay applied; // belongs to the inference thread

  private record PreparedOverlay(DiffMetadata metadata, SparseDelta delta, Head head)
      implements PreparedDiff {
    Objective objective() {
      return metadata.objective();
    }

    int maxTokens() {
      return metadata.maxTokens();
    }
  }

  public OverlaidBase(Base base) {
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
  public String inputDigest() {
    return base.inputDigest();
  }

  @Override
  public String featureKind(Objective objective) {
    return base.featureKind(objective);
  }

  @Override
  public PreparedDiff prepare(Diff diff) {
    List<SparseDelta.Entry> changes = diff.tensors().stream().map(this::change).toList();
    int maxTokens = diff.metadata().maxTokens();
    if (base.readsText() && (maxTokens < MIN_TOKENS || maxTokens > base.maxTextTokens())) {
      throw malformed(
          "maxTokens from " + MIN_TOKENS + " to " + base.maxTextTokens(),
          Integer.toString(maxTokens));
    }
    Objective objective = diff.metadata().objective();
    return new PreparedOverlay(
        diff.metadata(), new SparseDelta(changes), head(diff.head(), objective));
  }

  private SparseDelta.Entry change(SparseTensor tensor) {
    Parameter parameter = parameters.get(tensor.name());
    if (parameter == null) {
      throw malformed("parameters of base " + base.name(), tensor.name());
    }
    if (!tensor.shape().equals(parameter.shape())) {
      throw malformed(tensor.name() + " of shape " + parameter.shape(), tensor.shape().toString());
    }
    return new SparseDelta.Entry(tensor.name(), tensor.positions(), tensor.values());
  }

  private Head head(Diff.Head from, Objective objective) {
    boolean aboutTexts = objective.pairs() || objective.ofTokens();
    if (aboutTexts && !base.readsText()) {
      throw malformed("an objective that asks no texts, for base " + base.name(), objective.text());
    }
    return switch (from) {
      case Diff.DenseHead dense -> linear(dense, featureCount(objective.pairs()));
      case Diff.TiedHead tied -> tied(tied);
    };
  }

  private static Head linear(Diff.DenseHead from, int features) {
    if (from.features() != features) {
      throw malformed("a head of " + features + " features", Integer.toString(from.features()));
    }
    Head head = new Head(from.outputs(), from.features());
    head.weight().put(from.weight());
    head.bias().put(from.bias());
    return head;
  }

  private Head tied(Diff.TiedHead from) {
    Head head = base.newTiedHead();
    String expected = sizes(head.outputs(), head.embedding(), head.features());
    String actual = sizes(from.outputs(), from.embedding(), from.features());
    if (!actual.equals(expected)) {
      throw malformed("a head of " + expected, actual);
    }
    head.weight()
        .put(from.transform())
        .put(from.transformBias())
        .put(from.norm())
        .put(from.normBias());
    head.bias().put(from.bias());
    return head;
  }

  private static String sizes(int outputs, int embedding, int features) {
    return outputs + " words x " + embedding + " x " + features;
  }

  @Override
  public Example encode(PreparedDiff prepared, Example example) {
    if (!(example instanceof Example.OfText(String text, @Nullable String textPair))) {
      return example;
    }
    PreparedOverlay diff = (PreparedOverlay) prepared;
    int maxTokens = diff.maxTokens();
    String first = cut(text, maxTokens);
    boolean cut = first.length() < text.length();
    if (diff.objective().labelling() == Objective.Labelling.TAGS) {
      WordEncoding words = base.tokenizer().encodeWords(first, maxTokens);
      boolean truncated = cut || words.encoding().truncated();
      return new Example.OfTokens(text, words.encoding(), words, truncated);
    }
    String second = textPair == null ? null : cut(textPair, maxTokens);
    cut |= textPair != null && second != null && second.length() < textPair.length();
    Encoding encoding = base.tokenizer().encode(first, second, maxTokens);
    return new Example.OfTokens(text, encoding, null, cut || encoding.truncated());
  }

  /**
   * Far more characters than {@code maxTokens} tokens have, but not so many that they take time.
   */
  private static String cut(String text, int maxTokens) {
    int max = CHARS_PER_TOKEN * maxTokens;
    if (text.length() <= max) {
      return text;
    }
    return text.substring(0, Character.isHighSurrogate(text.charAt(max - 1)) ? max - 1 : max);
  }

  @Override
  public Answer answer(PreparedDiff prepared, Example example) {
    PreparedOverlay diff = (PreparedOverlay) prepared;
    Example encoded = encode(diff, example);
    switchTo(diff);
    if (!(encoded instanceof Example.OfTokens tokens)) {
      return new Answer.Scores(row(diff, encoded));
    }
    return switch (diff.objective().labelling()) {
      case TAGS -> tagged(diff, tokens);
      case NONE ->
          new Answer.Filled(FillMask.of(base, diff.head(), tokens.encoding(), diff.maxTokens()));
      case CLASS, NUMBER, LABEL_SET ->
          new Answer.Scores(
              ProbeRow.of(
                  diff.objective(),
                  base.encoder().logits(Batch.of(List.of(tokens.encoding())), diff.head())));
    };
  }

  /** The words behind the cut have no logits. */
  private Answer tagged(PreparedOverlay diff, Example.OfTokens tokens) {
    WordEncoding encoded = Objects.requireNonNull(tokens.words());
    float[][] found =
        ProbeInference.tokenLogits(
            base, diff.head(), encoded.encoding(), encoded.firstTokenPositions());
    List<Words.Word> words = Words.of(tokens.text());
    float[][] byWord = new float[words.size()][];
    int at = 0;
    for (int word = 0; word < byWord.length; word++) {
      boolean seen = word < encoded.positions().length && encoded.positions()[word] >= 0;
      byWord[word] = seen ? found[at++] : new float[0];
    }
    return new Answer.Tagged(tokens.text(), words, byWord);
  }

  @Override
  public float[] probe(PreparedDiff prepared, Example example) {
    PreparedOverlay diff = (PreparedOverlay) prepared;
    switchTo(diff);
    return row(diff, example);
  }

  private float[] row(PreparedOverlay diff, Example example) {
    return switch (example) {
      case Example.OfText(String text, String textPair) ->
          ProbeInference.row(base, diff.head(), diff.objective(), text, textPair, diff.maxTokens());
      case Example.OfTokens tokens ->
          throw new IllegalArgumentException("a probe is a text or tensors, got " + tokens);
      case Example.OfTensors(TensorInput tensors) -> ProbeInference.row(base, diff.head(), tensors);
    };
  }

  @Override
  public List<TensorSpec> tensorInputs() {
    return base.tensorInputs();
  }

  @Override
  public List<Example> probes(DiffMetadata metadata) {
    if (base.readsText()) {
      return Model.super.probes(metadata);
    }
    return Probes.of(base, false, metadata.maxTokens()).stream()
        .<Example>map(input -> new Example.OfTensors((TensorInput) input))
        .toList();
  }

  private void switchTo(@Nullable PreparedOverlay next) {
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
  public List<Parameter> parameters() {
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

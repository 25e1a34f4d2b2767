package dev.diffstream.gateway.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.input.TextToken;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.data.Words;
import dev.diffstream.schemas.diff.format.DiffWriter;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.DenseHead;
import dev.diffstream.schemas.diff.model.Diff.ProbeAnswers;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.diff.probe.ProbeRow;
import dev.diffstream.schemas.diff.probe.ProbeSentences;
import dev.diffstream.schemas.event.Objective;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A twin of the model without an engine: each text picks weights, a diff moves some of them. */
public final class TinyModel implements Model {
  static final int MAX_CHARS = 1000;
  public static final String BASE = Sha256.of("a tiny base");
  static final int WEIGHTS = 100;
  private static final SparseTensor MOVED =
      new SparseTensor(
          "weight", List.of(WEIGHTS), new int[] {1, 7, 50}, new float[] {0.5f, 1f, -1f});

  private final AtomicInteger inUse = new AtomicInteger();
  private final String name;
  private final String digest;

  public TinyModel() {
    this("tiny", BASE);
  }

  /** Over another base, whose answers are the same. */
  public TinyModel(String name, String digest) {
    this.name = name;
    this.digest = digest;
  }

  /** A task whose probes are answered one bit off, as if another's diff leaked into the base. */
  public volatile String leaksInto = "";

  /** What a prepared diff says that it takes. */
  public long bytesOfADiff;

  private final class Moved implements PreparedDiff {
    private final Diff diff;
    private final AtomicInteger users = new AtomicInteger(1);

    Moved(Diff diff) {
      this.diff = diff;
      inUse.incrementAndGet();
    }

    @Override
    public DiffMetadata metadata() {
      return diff.metadata();
    }

    @Override
    public long bytes() {
      return bytesOfADiff;
    }

    @Override
    public boolean retain() {
      return users.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
    }

    @Override
    public void release() {
      int left = users.decrementAndGet();
      assertThat(left).isNotNegative();
      if (left == 0) {
        inUse.decrementAndGet();
      }
    }
  }

  /** Diffs that were prepared and not freed. */
  public int inUse() {
    return inUse.get();
  }

  @Override
  public String baseName() {
    return name;
  }

  @Override
  public String baseDigest() {
    return digest;
  }

  @Override
  public String inputDigest() {
    return Sha256.of("tokenizer");
  }

  @Override
  public String featureKind(Objective objective, PairEncoding pairs) {
    return "mean";
  }

  @Override
  public PreparedDiff prepare(Diff diff) {
    for (SparseTensor tensor : diff.tensors()) {
      if (!tensor.name().equals("weight")) {
        throw new DiffstreamException(ErrorCode.MALFORMED_DIFF, "no parameter " + tensor.name());
      }
    }
    return new Moved(diff);
  }

  /** Every word is a token; with special ones, one more before the first. */
  @Override
  public List<TextToken> textTokens(String text, boolean withSpecial) {
    List<TextToken> tokens = new ArrayList<>();
    if (withSpecial) {
      tokens.add(new TextToken(101, "[CLS]", true, 0, 0));
    }
    for (Words.Word word : Words.of(text)) {
      String token = text.substring(word.start(), word.end());
      tokens.add(new TextToken(token.length(), token, false, word.start(), word.end()));
    }
    return tokens;
  }

  /** Reads the first {@link #MAX_CHARS} characters of a single text. */
  @Override
  public Example encode(PreparedDiff prepared, Example example) {
    Example.OfText asked = (Example.OfText) example;
    if (asked.text().length() <= MAX_CHARS || asked.textPair() != null) {
      return example;
    }
    Encoding none = Encoding.ofTokens(new int[0]);
    return new Example.OfTokens(asked.text().substring(0, MAX_CHARS), none, null, true);
  }

  @Override
  public Answer answer(PreparedDiff prepared, Example example) {
    Example.OfText asked =
        example instanceof Example.OfTokens cut
            ? new Example.OfText(cut.text(), null)
            : (Example.OfText) example;
    String text = asked.text();
    Diff diff = ((Moved) prepared).diff;
    return switch (diff.metadata().objective().labelling()) {
      case CLASS, NUMBER, LABEL_SET -> new Answer.Scores(logits(diff, text, asked.textPair()));
      case TAGS -> {
        List<Words.Word> words = Words.of(text);
        yield new Answer.Tagged(
            text,
            words,
            words.stream()
                .map(word -> logits(diff, text.substring(word.start(), word.end()), null))
                .toArray(float[][]::new));
      }
      case NONE ->
          new Answer.Filled(
              List.of(List.of(new Answer.Fill("cat", 0.5f), new Answer.Fill("mat", 0.25f))));
    };
  }

  @Override
  public float[] probe(PreparedDiff prepared, Example example) {
    Example.OfText asked = (Example.OfText) example;
    Diff diff = ((Moved) prepared).diff;
    float[] logits = logits(diff, asked.text(), asked.textPair());
    if (diff.metadata().taskId().equals(leaksInto)) {
      logits[0] = Math.nextUp(logits[0]);
    }
    return ProbeRow.of(diff.metadata().objective(), new float[][] {logits});
  }

  private static float[] logits(Diff diff, String text, @Nullable String textPair) {
    float[] logits = new float[diff.head().outputs()];
    for (int output = 0; output < logits.length; output++) {
      int at = Math.floorMod((text + "|" + textPair + output).hashCode(), WEIGHTS);
      logits[output] = at / 100f + bias(diff.head())[output];
      for (SparseTensor tensor : diff.tensors()) {
        int found = java.util.Arrays.binarySearch(tensor.positions(), at);
        logits[output] += found < 0 ? 0 : tensor.values()[found];
      }
    }
    return logits;
  }

  private static float[] bias(Diff.Head head) {
    return switch (head) {
      case DenseHead dense -> dense.bias();
      case Diff.TiedHead tied -> tied.bias();
    };
  }

  private static List<String> labels(Objective objective) {
    return switch (objective.labelling()) {
      case CLASS, LABEL_SET -> List.of("no", "yes");
      case TAGS -> List.of("B-x", "I-x", "O");
      case NUMBER, NONE -> List.of();
    };
  }

  private static Diff.Head head(Objective objective, float[] bias) {
    int outputs = bias.length;
    return objective == Objective.MASKED_LM
        ? new Diff.TiedHead(
            outputs, 2, 2, new float[4], new float[2], new float[2], new float[2], bias)
        : new DenseHead(outputs, 2, new float[2 * outputs], bias);
  }

  /** A diff file whose probes this model answers as recorded, moved by {@code probeError}. */
  public static byte[] diff(String task, Objective objective, float bias, float probeError) {
    return file(BASE, task, objective, bias, probeError, List.of(MOVED));
  }

  /** A diff file of another base. */
  public static byte[] diffOf(String base, String task, Objective objective) {
    return file(base, task, objective, 0, 0, List.of(MOVED));
  }

  /** A diff file without positions, as a provisional is. */
  public static byte[] head(String task, Objective objective, float bias) {
    return file(BASE, task, objective, bias, 0, List.of());
  }

  private static byte[] file(
      String base,
      String task,
      Objective objective,
      float bias,
      float probeError,
      List<SparseTensor> tensors) {
    List<String> labels = labels(objective);
    int outputs = Math.max(1, labels.size());
    DiffMetadata metadata =
        DiffMetadata.learned()
            .baseDigest(base)
            .baseName("tiny")
            .baseParameters(WEIGHTS)
            .taskId(task)
            .objective(objective)
            .method("diff-pruning")
            .precision(ValuePrecision.FP16)
            .nonzeros(tensors.stream().mapToInt(tensor -> tensor.positions().length).sum())
            .labels(labels)
            .features("mean")
            .maxTokens(128)
            .metrics(Map.of("score", 0.9, "majority", 0.5))
            .tokenizerDigest(Sha256.of("tokenizer"))
            .dataDigest(Sha256.of("data"))
            .seed(7)
            .codeVersion("test")
            .build();
    float[] biases = new float[outputs];
    biases[0] = bias;
    Diff diff = new Diff(metadata, tensors, head(objective, biases), null);
    float[] probes = new float[ProbeSentences.V1.size() * outputs];
    for (int i = 0; i < ProbeSentences.V1.size(); i++) {
      var probe = ProbeSentences.V1.get(i);
      float[] row = logits(diff, probe.text(), objective.pairs() ? probe.textPair() : null);
      for (int output = 0; output < outputs; output++) {
        probes[i * outputs + output] = row[output] + probeError;
      }
    }
    return DiffWriter.write(
        new Diff(
            metadata,
            diff.tensors(),
            diff.head(),
            new ProbeAnswers(ProbeSentences.V1.size(), outputs, probes)));
  }

  @Override
  public void close() {}
}

package dev.diffstream.gateway.model;

import dev.diffstream.base.Base;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.input.Encoding;
import dev.diffstream.base.input.TextReading;
import dev.diffstream.base.input.TextToken;
import dev.diffstream.base.input.WordEncoding;
import dev.diffstream.base.mixed.MixedPass;
import dev.diffstream.base.mixed.MixedPass.Request;
import dev.diffstream.base.mixed.PreparedDelta;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.data.Words;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.probe.ProbeRow;
import dev.diffstream.schemas.event.Objective;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A base that reads texts. Texts of different tasks are computed together, and each task's diff is
 * added to what the base computes for its texts; the base itself is never changed.
 */
public final class TextModel extends ModelOverBase {
  private static final int MIN_TOKENS = 8;
  private static final int CHARS_PER_TOKEN = 64;

  /** Time of a mask over that of a token, of MiniLM on a processor. */
  private static final int TOKENS_PER_MASK = 8;

  private final MixedPass pass;
  private final int batchTokens;
  private final Precision precision;

  private record PreparedText(DiffMetadata metadata, PreparedDelta delta, Head head)
      implements PreparedDiff {
    Objective objective() {
      return metadata.objective();
    }

    TextReading reading() {
      return TextReading.of(metadata);
    }

    int maxTokens() {
      return metadata.maxTokens();
    }

    @Override
    public long bytes() {
      return delta.bytes();
    }

    @Override
    public boolean retain() {
      return delta.retain();
    }

    @Override
    public void release() {
      delta.release();
    }
  }

  /**
   * @param base owned by this from now on, as is the pass
   * @param batchTokens computed together, unless a single text has more
   */
  public TextModel(Base base, MixedPass pass, int batchTokens) {
    this(base, pass, batchTokens, Precision.FP32);
  }

  /**
   * @param precision in which the pass computes
   */
  public TextModel(Base base, MixedPass pass, int batchTokens, Precision precision) {
    super(base, pass.getClass().getSimpleName() + " " + precision.compute().text());
    this.pass = pass;
    this.batchTokens = batchTokens;
    this.precision = precision;
  }

  @Override
  public double tolerance() {
    return precision.tolerance();
  }

  @Override
  public Map<String, String> properties() {
    return precision.properties();
  }

  @Override
  public PreparedDiff prepare(Diff diff) {
    int maxTokens = diff.metadata().maxTokens();
    if (maxTokens < MIN_TOKENS || maxTokens > base.maxTextTokens()) {
      throw BaseShapes.malformed(
          "maxTokens from " + MIN_TOKENS + " to " + base.maxTextTokens(),
          Integer.toString(maxTokens));
    }
    shapes.checkReading(diff.metadata());
    Head head = shapes.head(diff);
    return new PreparedText(diff.metadata(), pass.prepare(shapes.delta(diff)), head);
  }

  @Override
  public Example encode(PreparedDiff prepared, Example example) {
    if (!(example instanceof Example.OfText(String text, @Nullable String textPair))) {
      return example;
    }
    PreparedText diff = (PreparedText) prepared;
    int maxTokens = diff.maxTokens();
    String first = cut(text, maxTokens);
    boolean cut = first.length() < text.length();
    if (diff.objective().labelling() == Objective.Labelling.TAGS) {
      WordEncoding words = base.tokenizer().encodeWords(first, maxTokens);
      boolean truncated = cut || words.encoding().truncated();
      return new Example.OfTokens(first, words.encoding(), words, truncated);
    }
    String second = textPair == null ? null : cut(textPair, maxTokens);
    cut |= textPair != null && second != null && second.length() < textPair.length();
    Encoding encoding = base.encode(first, second, diff.reading());
    return new Example.OfTokens(text, encoding, null, cut || encoding.truncated());
  }

  @Override
  public List<Example> encode(List<PreparedDiff> diffs, Example example) {
    Map<Reading, Example> encoded = new HashMap<>();
    return diffs.stream()
        .map(diff -> encoded.computeIfAbsent(Reading.of(diff), reading -> encode(diff, example)))
        .toList();
  }

  /** What two diffs must have in common for one to read the tokens of the other. */
  private record Reading(TextReading texts, boolean words) {
    static Reading of(PreparedDiff prepared) {
      PreparedText diff = (PreparedText) prepared;
      return new Reading(diff.reading(), diff.objective().labelling() == Objective.Labelling.TAGS);
    }
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
  public List<TextToken> textTokens(String text, boolean withSpecial) {
    return base.tokenizer().textTokens(text, withSpecial);
  }

  @Override
  public int batchTokens() {
    return batchTokens;
  }

  /** A mask is compared with every word, and its scores are ranked. */
  @Override
  public int cost(PreparedDiff prepared, Example example) {
    Encoding encoding = ((Example.OfTokens) example).encoding();
    int cost = Math.max(1, encoding.length());
    if (((PreparedText) prepared).objective().labelling() != Objective.Labelling.NONE) {
      return cost;
    }
    int mask = base.tokenizer().maskId().orElse(-1);
    return cost
        + TOKENS_PER_MASK * (int) IntStream.of(encoding.ids()).filter(id -> id == mask).count();
  }

  @Override
  public List<Supplier<Answer>> answers(List<Question> questions) {
    List<Supplier<Answer>> answers = new ArrayList<>();
    List<Asked> together = new ArrayList<>();
    for (Question question : questions) {
      Asked asked = ask(question);
      together.add(asked);
      answers.add(asked);
    }
    List<Asked> possible = together.stream().filter(asked -> asked.failure == null).toList();
    try {
      List<float[][]> logits =
          pass.logits(possible.stream().map(asked -> asked.request()).toList());
      IntStream.range(0, possible.size()).forEach(i -> possible.get(i).answered(logits.get(i)));
    } catch (IllegalArgumentException e) { // one of them does not fit; alone it spoils no other
      possible.forEach(this::alone);
    }
    return answers;
  }

  private void alone(Asked asked) {
    try {
      asked.answered(pass.logits(List.of(asked.request())).getFirst());
    } catch (IllegalArgumentException e) {
      asked.failure = e;
    }
  }

  private Asked ask(Question question) {
    PreparedText diff = (PreparedText) question.prepared();
    Example.OfTokens example = (Example.OfTokens) encode(diff, question.example());
    Asked asked = new Asked(diff, example);
    try {
      asked.tokens = tokens(diff, example);
    } catch (DiffstreamException e) {
      asked.failure = e;
    }
    return asked;
  }

  /** The tokens that are asked about, or null for the text as a whole. */
  private int @Nullable [] tokens(PreparedText diff, Example.OfTokens example) {
    return switch (diff.objective().labelling()) {
      case CLASS, NUMBER, LABEL_SET -> null;
      case TAGS -> Objects.requireNonNull(example.words()).firstTokenPositions();
      case NONE -> FillMask.places(base, example.encoding(), diff.maxTokens());
    };
  }

  /** A question on its way to its answer, which is put into its form by whoever reads it. */
  private final class Asked implements Supplier<Answer> {
    private final PreparedText diff;
    private final Example.OfTokens example;
    private int @Nullable [] tokens;
    private float @Nullable [][] logits;
    private @Nullable Answer answer;
    private @Nullable RuntimeException failure;

    Asked(PreparedText diff, Example.OfTokens example) {
      this.diff = diff;
      this.example = example;
    }

    Request request() {
      return new Request(example.encoding(), diff.delta(), diff.head(), tokens);
    }

    /** Scores of a whole vocabulary for each mask are too much to be kept until they are read. */
    void answered(float[][] rows) {
      if (diff.objective().labelling() == Objective.Labelling.NONE) {
        answer = new Answer.Filled(FillMask.fills(base, rows));
      } else {
        logits = rows;
      }
    }

    /** Values that no answer can be made of come from a damaged diff, or one that is too large. */
    private float[][] finite(float[][] rows) {
      for (float[] row : rows) {
        for (float value : row) {
          if (!Float.isFinite(value)) {
            throw new DiffstreamException(
                ErrorCode.SELF_TEST_FAILED,
                "task " + diff.metadata().taskId() + " answers this text with " + value);
          }
        }
      }
      return rows;
    }

    @Override
    public Answer get() {
      if (failure != null) {
        throw failure;
      }
      if (answer != null) {
        return answer;
      }
      float[][] rows = finite(Objects.requireNonNull(logits));
      return switch (diff.objective().labelling()) {
        case CLASS, NUMBER, LABEL_SET -> new Answer.Scores(ProbeRow.of(diff.objective(), rows));
        case TAGS -> tagged(example, rows);
        case NONE -> throw new IllegalStateException("not computed");
      };
    }
  }

  /** The words behind the cut have no logits. */
  private static Answer tagged(Example.OfTokens example, float[][] found) {
    WordEncoding encoded = Objects.requireNonNull(example.words());
    List<Words.Word> words = Words.of(example.text());
    float[][] byWord = new float[words.size()][];
    int at = 0;
    for (int word = 0; word < byWord.length; word++) {
      boolean seen = word < encoded.positions().length && encoded.positions()[word] >= 0;
      byWord[word] = seen ? found[at++] : new float[0];
    }
    return new Answer.Tagged(example.text(), words, byWord);
  }

  @Override
  public Answer answer(PreparedDiff prepared, Example example) {
    return answers(List.of(new Question(prepared, example))).getFirst().get();
  }

  @Override
  public float[] probe(PreparedDiff prepared, Example example) {
    return probe(prepared, List.of(example)).getFirst();
  }

  @Override
  public List<float[]> probe(PreparedDiff prepared, List<Example> examples) {
    PreparedText diff = (PreparedText) prepared;
    List<Request> requests =
        examples.stream()
            .map(example -> probe(diff, (Example.OfTokens) encode(diff, example)))
            .toList();
    return pass.logits(requests).stream().map(rows -> ProbeRow.of(diff.objective(), rows)).toList();
  }

  private static Request probe(PreparedText diff, Example.OfTokens encoded) {
    int[] tokens =
        switch (diff.objective().labelling()) {
          case CLASS, NUMBER, LABEL_SET -> null;
          case TAGS -> Objects.requireNonNull(encoded.words()).firstTokenPositions();
          case NONE -> IntStream.range(1, encoded.encoding().length() - 1).toArray();
        };
    return new Request(encoded.encoding(), diff.delta(), diff.head(), tokens);
  }

  /** No call may be under way. */
  @Override
  public void close() {
    pass.close();
    base.close();
  }
}

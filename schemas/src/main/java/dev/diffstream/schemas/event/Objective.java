package dev.diffstream.schemas.event;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.Arrays;
import java.util.stream.Collectors;

/** What a task learns. */
public enum Objective {
  CLASSIFICATION("classification", Labelling.CLASS, "mean"),
  PAIR_CLASSIFICATION("pair-classification", Labelling.CLASS, "pair"),
  REGRESSION("regression", Labelling.NUMBER, "mean"),
  PAIR_REGRESSION("pair-regression", Labelling.NUMBER, "pair"),
  MULTI_LABEL("multi-label", Labelling.LABEL_SET, "mean"),
  TOKEN_CLASSIFICATION("token-classification", Labelling.TAGS, "word"),
  MASKED_LM("masked-lm", Labelling.NONE, "token");

  /** What an example is labelled with. */
  public enum Labelling {
    /** The name of one class. */
    CLASS,
    NUMBER,
    /** Any number of names. */
    LABEL_SET,
    /** A BIO tag for each word. */
    TAGS,
    /** Nothing: the text itself is what is learned. */
    NONE
  }

  private final String text;
  private final Labelling labelling;
  private final String features;

  Objective(String text, Labelling labelling, String features) {
    this.text = text;
    this.labelling = labelling;
    this.features = features;
  }

  @JsonValue
  public String text() {
    return text;
  }

  public Labelling labelling() {
    return labelling;
  }

  /**
   * What the head sees: {@code mean} or {@code pair} of whole texts, the first token of each {@code
   * word}, or single {@code token}s.
   */
  public String features() {
    return features;
  }

  /** Whether an example holds two texts. */
  public boolean pairs() {
    return features.equals("pair");
  }

  /** Whether single tokens of a text are asked, not the whole. */
  public boolean ofTokens() {
    return labelling == Labelling.TAGS || labelling == Labelling.NONE;
  }

  /** Whether the label is a number instead of a name. */
  public boolean real() {
    return labelling == Labelling.NUMBER;
  }

  @JsonCreator
  public static Objective of(String text) {
    return Arrays.stream(values())
        .filter(o -> o.text.equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new DiffstreamException(
                    ErrorCode.INVALID_EVENT,
                    "objective must be one of "
                        + Arrays.stream(values())
                            .map(Objective::text)
                            .collect(Collectors.joining(", "))
                        + ", got: "
                        + text));
  }
}

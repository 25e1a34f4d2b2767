package dev.diffstream.schemas.event;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.Arrays;
import java.util.stream.Collectors;

/** What a task learns. */
public enum Objective {
  CLASSIFICATION("classification", false, false),
  PAIR_CLASSIFICATION("pair-classification", true, false),
  REGRESSION("regression", false, true),
  PAIR_REGRESSION("pair-regression", true, true);

  private final String text;
  private final boolean pairs;
  private final boolean real;

  Objective(String text, boolean pairs, boolean real) {
    this.text = text;
    this.pairs = pairs;
    this.real = real;
  }

  @JsonValue
  public String text() {
    return text;
  }

  /** Whether an example holds two texts. */
  public boolean pairs() {
    return pairs;
  }

  /** Whether the label is a number instead of a name. */
  public boolean real() {
    return real;
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

package dev.diffstream.schemas.event;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;

/** The phases of a run, in order. */
public enum Phase {
  /** The data set is read and checked completely. */
  CHECKING,
  /** The dense head alone. */
  HEAD_ONLY,
  /** Gradients are summed up to choose a mask. */
  SCORING_MASK,
  /** Every parameter is trained. */
  FULL_FINE_TUNING,
  /** Stage 1: gates and weights together. */
  LEARNING_MASK,
  /** Stage 2: the largest changes are kept. */
  PROJECTING,
  /** Stage 3: the kept positions are trained. */
  FIXED_MASK,
  /** The kept values are rounded to few bits and trained on as rounded. */
  ROUNDING,
  /** The diff, as it will be stored, answers the held-out rows. */
  EVALUATING,
  /** The diff is written and announced to the registry. */
  PUBLISHING,
  /** The diff is durable and its event is sent. */
  PUBLISHED,
  /** Somebody asked for a pause: the state is durable, and the worker has left the run. */
  PAUSED,
  /** A phase that this program does not know; never written. */
  UNKNOWN;

  @JsonValue
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  @JsonCreator
  public static Phase of(String text) {
    return Arrays.stream(values()).filter(p -> p.text().equals(text)).findFirst().orElse(UNKNOWN);
  }
}

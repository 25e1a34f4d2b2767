package dev.diffstream.gateway.prediction;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.event.Objective.Labelling;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a caller wants to know of each text.
 *
 * @param topK the most labels or tokens that are listed; 0 if none was asked for
 * @param thresholds the probability that a label must have
 * @param refuseLongTexts whether a text with more tokens than the task reads is an error; else its
 *     beginning is read, and the answer says so. Null: as the task has it
 * @param timeout after which the answer is of no use; zero for none
 */
public record PredictOptions(
    int topK, Thresholds thresholds, @Nullable Boolean refuseLongTexts, Duration timeout) {
  private static final long MAX_TIMEOUT_MILLIS = Duration.ofDays(1).toMillis();

  /** Nothing but how long texts are read. */
  public static PredictOptions plain(boolean refuseLongTexts) {
    return new PredictOptions(0, Thresholds.NONE, refuseLongTexts, Duration.ZERO);
  }

  static PredictOptions read(JsonNode json) {
    return new PredictOptions(
        (int) wholeNumber(json, "top_k", 1, 100_000, 0),
        json.has("thresholds") ? Thresholds.read(json.path("thresholds")) : Thresholds.NONE,
        refuses(json.path("onLongText")),
        Duration.ofMillis(wholeNumber(json, "timeoutMillis", 1, MAX_TIMEOUT_MILLIS, 0)));
  }

  private static long wholeNumber(JsonNode json, String name, long min, long max, long absent) {
    JsonNode value = json.path(name);
    if (value.isMissingNode()) {
      return absent;
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong() || value.asLong() < min) {
      throw invalid(
          name
              + " must be a whole number of at least "
              + min
              + ", got: "
              + Bounded.value(value.toString()));
    }
    return Math.min(value.asLong(), max);
  }

  private static @Nullable Boolean refuses(JsonNode value) {
    if (value.isMissingNode()) {
      return null;
    }
    return switch (value.asText()) {
      case "cut" -> false;
      case "refuse" -> true;
      default ->
          throw invalid("onLongText must be cut or refuse, got: " + Bounded.value(value.asText()));
    };
  }

  /** As many of a ranking as were asked for. */
  <T> List<T> first(List<T> ranked) {
    return topK == 0 || topK >= ranked.size() ? ranked : ranked.subList(0, topK);
  }

  /**
   * Whether a label of this probability is given.
   *
   * @param otherwise the threshold where the caller names none
   */
  boolean allows(String label, float probability, double otherwise) {
    return thresholds.allow(label, probability, otherwise);
  }

  /** INVALID_REQUEST for what a task of this objective cannot do. */
  public void check(DiffMetadata task) {
    Labelling labelling = task.objective().labelling();
    boolean labels = labelling == Labelling.CLASS || labelling == Labelling.LABEL_SET;
    if (!thresholds.isNone() && !labels) {
      throw invalid(
          "thresholds are for tasks that give labels; this one's objective is "
              + task.objective().text());
    }
    if (topK > 0 && !labels && labelling != Labelling.NONE) {
      throw invalid(
          "top_k is for tasks that give labels or tokens; this one's objective is "
              + task.objective().text());
    }
    thresholds.check(task.labels());
  }

  private static DiffstreamException invalid(String message) {
    return new DiffstreamException(ErrorCode.INVALID_REQUEST, message);
  }
}

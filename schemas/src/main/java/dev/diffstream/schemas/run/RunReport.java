package dev.diffstream.schemas.run;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.DiffPublished;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code runs/<run id>/report.json}: one object a run, written before its outcome is announced.
 *
 * @param place where the task event stands: {@code topic/partition/offset}
 * @param published the event that announces the diff; the registry versions it from here when the
 *     event was lost (I5)
 * @param errorCode why it failed
 * @param examples by split: train, dev, test
 * @param invalidRecords the first hundred; {@code invalidRecordCount} counts all
 * @param settings every setting as it was resolved
 * @param metrics on the held-out rows, and of the baselines on the same rows
 * @param training figures of the stages: steps, losses, shares of nonzero positions, seconds
 */
public record RunReport(
    String runId,
    String taskId,
    @Nullable String eventSource,
    @Nullable String eventId,
    String place,
    int attempt,
    Outcome outcome,
    @Nullable DiffPublished published,
    @Nullable ErrorCode errorCode,
    @Nullable String message,
    @Nullable Map<String, Integer> examples,
    @Nullable List<String> labels,
    @Nullable List<InvalidRecord> invalidRecords,
    @Nullable Long invalidRecordCount,
    @Nullable List<String> warnings,
    @Nullable Map<String, String> settings,
    @Nullable Map<String, Double> metrics,
    @Nullable Map<String, Double> training,
    Instant started,
    Instant finished) {

  /** How a run ended. */
  public enum Outcome {
    PUBLISHED,
    FAILED;

    @JsonValue
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    @JsonCreator
    public static Outcome of(String text) {
      return valueOf(text.toUpperCase(Locale.ROOT));
    }
  }

  /** A record that could not be used. Lines count from 1. */
  public record InvalidRecord(String file, long line, String reason) {}
}

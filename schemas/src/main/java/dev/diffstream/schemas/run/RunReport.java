package dev.diffstream.schemas.run;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.TaskSubmitted;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one attempt of a run read, did and found: {@code runs/<run id>/attempts/<20
 * digits>/report.json}. It is put if absent, before its outcome is announced, so that no late
 * attempt changes what an earlier one said.
 *
 * @param worker id of the worker that wrote it
 * @param published the event that announces the diff; the registry versions it from here when the
 *     event was lost (I5)
 * @param failure why it did not publish; absent where it did
 * @param data absent where the data set was not read to its end
 * @param warnings for people: fields that were ignored, texts that were cut, labels that look alike
 * @param settings every setting as it was resolved
 * @param environment what else the bits of the diff depend on
 * @param provenance SHA-256 of the attempt's provenance statement as it was stored; absent where
 *     there is none
 * @param metrics on the held-out rows, and of the baselines on the same rows
 * @param confusion which labels were taken for which on the held-out rows; absent where a row has
 *     not one label
 * @param gate what the event asked of the diff, where it asked for anything
 * @param champion the task's champion on the same held-out rows, where the gate asks for it
 * @param provisional what became of the head alone that answers first; absent where none was made
 *     until the attempt ended
 * @param admission number of the admission by which the event came; absent where it had none
 * @param task data of the task event, so that the task can be learned again; absent in reports of
 *     programs that did not keep it
 * @param training figures of the stages: steps, losses, shares of nonzero positions, seconds
 */
@RecordBuilder
public record RunReport(
    String runId,
    String taskId,
    EventOrigin event,
    long attempt,
    @Nullable String worker,
    Outcome outcome,
    @Nullable DiffPublished published,
    @Nullable Failure failure,
    @Nullable DataSummary data,
    List<String> warnings,
    @Nullable Map<String, String> settings,
    @Nullable Environment environment,
    @Nullable String provenance,
    @Nullable Map<String, Double> metrics,
    @Nullable Confusion confusion,
    TaskSubmitted.@Nullable Gate gate,
    @Nullable ChampionMetrics champion,
    @Nullable ProvisionalReport provisional,
    @Nullable Long admission,
    @Nullable JsonNode task,
    @Nullable Map<String, Double> training,
    Instant started,
    Instant finished) {
  /** More warnings than these are counted in the last one. */
  public static final int MAX_WARNINGS = 100;

  /** A larger report is not read: it is not one of ours. */
  public static final long MAX_BYTES = 16 << 20;

  /** As the schema of task events says. */
  private static final int MAX_OWNER_CHARS = 256;

  public RunReport {
    warnings = boundedWarnings(warnings);
  }

  /** How an attempt ended. */
  public enum Outcome {
    /** Its diff is durable. */
    PUBLISHED,
    /** It failed; whether another attempt may succeed is said by the failure's code. */
    FAILED,
    /** Its worker gave the event back before the end, because it was stopped: not a failure. */
    RELEASED,
    /** Somebody asked for a pause: what it learned is kept, and another attempt goes on from it. */
    PAUSED,
    /** An outcome that this program does not know; never written. */
    UNKNOWN;

    @JsonValue
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    @JsonCreator
    public static Outcome of(String text) {
      return Arrays.stream(values()).filter(o -> o.text().equals(text)).findFirst().orElse(UNKNOWN);
    }
  }

  /**
   * Why an attempt failed.
   *
   * @param stackTrace of a fault of the program; absent where data or settings are at fault
   */
  public record Failure(FailureCode errorCode, String message, @Nullable String stackTrace) {
    private static final int MAX_STACK_TRACE_CHARS = 16_000;

    public Failure {
      message = Bounded.message(message);
      stackTrace = stackTrace == null ? null : Bounded.text(stackTrace, MAX_STACK_TRACE_CHARS);
    }
  }

  /**
   * What was read.
   *
   * @param digest SHA-256 over the data set's files; absent where they were not read to their end
   * @param files in the order in which they were read
   * @param examples by split: train, dev, test
   * @param labels in the order of the outputs
   * @param invalidRecords the first hundred; {@code invalidRecordCount} counts all
   */
  @RecordBuilder
  public record DataSummary(
      @Nullable String digest,
      @Nullable List<DataFile> files,
      @Nullable Map<String, Integer> examples,
      @Nullable List<String> labels,
      @Nullable List<InvalidRecord> invalidRecords,
      long invalidRecordCount) {}

  /**
   * A file of the data set.
   *
   * @param use {@code train}, {@code dev} or {@code test}; a file that is split says {@code train}
   * @param uri {@code s3://<bucket>/<key>}, as RFC 3986 writes it
   * @param bytes as stored
   * @param digest SHA-256 of the stored bytes
   * @param rows usable ones
   */
  public record DataFile(String use, String uri, long bytes, String digest, long rows) {}

  /**
   * What the bits of a diff depend on beside base, data and settings.
   *
   * @param codeVersion the released version of the program, as the diff file says it
   * @param program names the exact build of the modules that learn
   * @param vectorLanes floats that the processor computes with at once
   */
  public record Environment(
      String codeVersion, String program, String device, int threads, int vectorLanes) {}

  /** A record that could not be used. Lines count from 1. */
  public record InvalidRecord(String file, long line, String reason) {
    public InvalidRecord {
      file = Bounded.value(file);
      reason = Bounded.text(reason, 500);
    }
  }

  /** The champion of the task, asked the same held-out rows. */
  public record ChampionMetrics(long version, String digest, Map<String, Double> metrics) {
    public ChampionMetrics {
      metrics = Map.copyOf(metrics);
    }
  }

  /** Whether its diff is durable and announced in {@code published}. */
  public boolean hasPublished() {
    return outcome == Outcome.PUBLISHED && published != null;
  }

  /** Who asked for the run; null where its event did not say, or the report does not hold it. */
  public @Nullable String owner() {
    String owner = task == null ? null : task.path("owner").textValue();
    return owner == null || owner.length() > MAX_OWNER_CHARS ? null : owner;
  }

  /** Rows that the attempt read to train on; null where it did not read them to their end. */
  public @Nullable Long examples() {
    Map<String, Integer> bySplit = data == null ? null : data.examples();
    Integer train = bySplit == null ? null : bySplit.get("train");
    return train == null || train < 0 ? null : (Long) train.longValue();
  }

  private static List<String> boundedWarnings(@Nullable List<String> warnings) {
    if (warnings == null) {
      return List.of();
    }
    List<String> shown = warnings.stream().limit(MAX_WARNINGS).map(Bounded::message).toList();
    if (warnings.size() <= MAX_WARNINGS || warnings.get(warnings.size() - 1).startsWith("… and ")) {
      return shown;
    }
    List<String> all = new ArrayList<>(shown.subList(0, MAX_WARNINGS - 1));
    all.add("… and " + (warnings.size() - MAX_WARNINGS + 1) + " more warnings");
    return List.copyOf(all);
  }
}

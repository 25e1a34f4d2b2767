package dev.diffstream.registry.lineage;

import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.registry.Tombstone;
import dev.diffstream.schemas.run.RunReport;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a version comes from, and all that is needed to learn it again. What an older worker did
 * not write down is absent.
 *
 * @param digest of the diff file
 * @param bytes of the diff file
 * @param created when the registry accepted it
 * @param data what was learned from; absent where the report does not tell
 * @param event that asked for it
 * @param task the event's data as it was sent; from the provenance statement, unless that is
 *     invalid
 * @param settings every setting as it was resolved
 * @param seed of every random choice, as {@code settings} say
 * @param environment what else the bits depend on
 * @param attempt of the run whose diff this is
 * @param attempts all of the run, in order
 * @param traceparent W3C trace context that the worker left with its report
 * @param published where the DiffPublished record stands
 * @param parents digests of the diffs that it was started from or composed of
 * @param deleted who deleted it and why; its diff's bytes may be gone
 */
@RecordBuilder
public record Lineage(
    String taskId,
    long version,
    String digest,
    long bytes,
    Instant created,
    BaseName base,
    String objective,
    String method,
    @Nullable Data data,
    EventOrigin event,
    @Nullable JsonNode task,
    @Nullable Map<String, String> settings,
    @Nullable String seed,
    RunReport.@Nullable Environment environment,
    String runId,
    long attempt,
    List<Attempt> attempts,
    @Nullable String traceparent,
    @Nullable String published,
    List<String> parents,
    Map<String, Double> metrics,
    ReportCheck report,
    ProvenanceCheck provenance,
    @Nullable Tombstone deleted) {
  public Lineage {
    attempts = List.copyOf(attempts);
    parents = List.copyOf(parents);
  }

  /**
   * A base.
   *
   * @param name absent where no worker has described it
   */
  public record BaseName(String digest, @Nullable String name) {}

  /**
   * A data set.
   *
   * @param digest SHA-256 over its files' stored bytes, in the order train, dev, test
   * @param files absent where an older worker read them
   * @param examples by split
   */
  public record Data(
      @Nullable String digest,
      @Nullable List<RunReport.DataFile> files,
      @Nullable Map<String, Integer> examples,
      long invalidRecordCount) {}

  /**
   * One worker's try.
   *
   * @param program the worker's build
   * @param admission by which the event came
   * @param finished absent where it has no report: its worker was lost, or still runs
   * @param outcome {@code published}, {@code failed}, {@code released} or {@code paused}
   * @param resumed whether it went on from what an earlier attempt had kept; absent where it does
   *     not tell
   */
  @RecordBuilder
  public record Attempt(
      long attempt,
      @Nullable String worker,
      @Nullable String device,
      @Nullable String program,
      @Nullable Long admission,
      @Nullable Instant started,
      @Nullable Instant finished,
      @Nullable String outcome,
      @Nullable String errorCode,
      @Nullable String message,
      @Nullable Boolean resumed) {}

  /**
   * Whether the report is the one that the version names.
   *
   * @param key of the object
   * @param digest SHA-256 of the object as it is now; absent where it cannot be read
   */
  public record ReportCheck(String key, @Nullable String digest, State state) {
    /** What became of a report. */
    public enum State {
      /** It is what it was when the version was accepted. */
      UNCHANGED,
      /** Somebody changed it since. */
      CHANGED,
      /** There is none, or it cannot be read. */
      MISSING,
      /** There was none when the version was accepted: nothing says whether it is the same. */
      UNRECORDED;

      @JsonValue
      public String text() {
        return name().toLowerCase(Locale.ROOT);
      }
    }
  }

  /**
   * What the provenance statement is worth.
   *
   * @param key of the object, whether or not there is one
   * @param digest SHA-256 of the object
   * @param keyId of the trusted key that signed it
   * @param problem for people: why it is invalid, or what it lacks
   */
  @RecordBuilder
  public record ProvenanceCheck(
      String key,
      State state,
      @Nullable String mediaType,
      @Nullable Integer bytes,
      @Nullable String digest,
      @Nullable String keyId,
      @Nullable String problem) {
    /** From best to worst. */
    public enum State {
      /** It is about this version's diff and run, and a trusted key signed it. */
      VERIFIED,
      /** It is signed, but this registry trusts no keys and has not looked. */
      UNCHECKED,
      /** It is about this version's diff and run; nobody signed it. */
      UNSIGNED,
      /** There is none: an older worker learned the diff. */
      ABSENT,
      /** It cannot be read, was changed, or is about something else. */
      INVALID;

      @JsonValue
      public String text() {
        return name().toLowerCase(Locale.ROOT);
      }
    }
  }
}

package dev.diffstream.schemas.registry;

import dev.diffstream.schemas.EventOrigin;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The n-th diff accepted for a task; immutable. The slot that holds an event's source and id is
 * that event's claim (I3).
 *
 * @param digest of the diff file
 * @param bytes of the diff file
 * @param event that asked for it
 * @param attempt of the run whose diff this is; its report is {@code report}
 * @param published where the DiffPublished record stands, as {@code topic/partition/offset}; absent
 *     where it was lost and the report spoke for it
 * @param report object key of the attempt's report
 * @param reportDigest SHA-256 of the report as the registry read it; absent where there was none
 * @param objective as text, since a newer program may know more
 * @param method that learned it
 * @param precision of the values in its file
 * @param features what the head sees
 * @param pairEncoding how two texts are read; absent for single texts
 * @param parents digests of the diffs that it was started from or composed of
 * @param metrics of the diff on the held-out rows, as its file says
 * @param owner who asked for it; absent where its event did not say, and in versions of before
 * @param examples rows that its attempt trained on; absent where its report does not say
 */
@RecordBuilder
public record VersionRecord(
    String taskId,
    long version,
    String digest,
    long bytes,
    String baseDigest,
    EventOrigin event,
    String runId,
    long attempt,
    @Nullable String published,
    String report,
    @Nullable String reportDigest,
    String objective,
    List<String> labels,
    String method,
    String precision,
    String features,
    @Nullable String pairEncoding,
    List<String> parents,
    double density,
    long nonzeros,
    Map<String, Double> metrics,
    @Nullable String owner,
    @Nullable Long examples,
    Instant created) {
  public VersionRecord {
    labels = List.copyOf(labels);
    parents = List.copyOf(parents);
    metrics = Map.copyOf(metrics);
  }

  /** Whether this slot is the claim of the event {@code source, id}. */
  public boolean isClaimOf(String source, String id) {
    return Objects.equals(event.source(), source) && Objects.equals(event.id(), id);
  }
}

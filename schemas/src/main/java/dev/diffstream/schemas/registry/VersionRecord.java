package dev.diffstream.schemas.registry;

import dev.diffstream.schemas.event.Objective;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The n-th diff accepted for a task; immutable. The slot that holds an event's source and id is
 * that event's claim (I3).
 *
 * @param method that learned it; absent in records of before
 * @param precision of the values in its file; absent in records of before
 * @param metrics of the diff on the held-out rows, as its file says
 */
public record VersionRecord(
    String taskId,
    long version,
    String digest,
    long bytes,
    String baseDigest,
    String eventSource,
    String eventId,
    String runId,
    Objective objective,
    List<String> labels,
    @Nullable String method,
    @Nullable String precision,
    double density,
    long nonzeros,
    Map<String, Double> metrics,
    @Nullable String owner,
    Instant created) {
  public VersionRecord {
    labels = List.copyOf(labels);
    metrics = Map.copyOf(metrics);
  }
}

package dev.diffstream.schemas.run;

import dev.diffstream.schemas.event.DiffPublished;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What became of a run's provisional, the head alone that answers until the run has published:
 * {@code runs/<run id>/provisional.json}, put if absent. Where the run needed none there is no such
 * object.
 *
 * @param worker id of the worker that made it
 * @param published the event that announces it; absent where it was not published
 * @param failure why it was not published; the run goes on
 * @param rows training rows that it was learned from, the first share of a large data set
 * @param metrics on held-out rows, and of the majority on the same rows; absent where learning did
 *     not come so far
 */
@RecordBuilder
public record ProvisionalReport(
    String runId,
    String taskId,
    @Nullable String worker,
    @Nullable DiffPublished published,
    RunReport.@Nullable Failure failure,
    @Nullable Integer rows,
    @Nullable Map<String, Double> metrics,
    Instant started,
    Instant finished) {
  /** A larger object is none of ours. */
  public static final long MAX_BYTES = 1 << 20;
}

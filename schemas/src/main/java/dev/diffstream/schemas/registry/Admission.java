package dev.diffstream.schemas.registry;

import dev.diffstream.schemas.EventOrigin;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An event's turn has come: {@code admissions/<base>/<20 digits>.json}, put if absent, then the
 * event is sent to the work topic of its base.
 *
 * @param number of this admission for its base, from 1
 * @param event that is admitted; its place is where it stands in {@code diffstream.tasks}
 * @param kind {@code first}, {@code retry} or {@code resume}; newer programs may write others
 * @param priority of the event
 */
@RecordBuilder
public record Admission(
    String baseDigest,
    long number,
    String taskId,
    String runId,
    EventOrigin event,
    String kind,
    int priority,
    @Nullable String owner,
    Instant created) {
  public static final String FIRST = "first";
  public static final String RETRY = "retry";
  public static final String RESUME = "resume";
}

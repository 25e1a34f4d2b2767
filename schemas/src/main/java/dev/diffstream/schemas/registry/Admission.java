package dev.diffstream.schemas.registry;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.FailureCode;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What was decided about an event that waited: {@code admissions/<base>/<20 digits>.json}, put if
 * absent. The numbers are one order for all registries, so that no event is decided about twice. An
 * event that is admitted is then sent to the work topic of its base; one that is cancelled or
 * refused is reported as failed.
 *
 * @param number of this decision for its base, from 1
 * @param event that is meant; its place is where it stands in {@code diffstream.tasks}
 * @param kind {@code first}, {@code retry}, {@code resume}, {@code cancel} or {@code refuse}; newer
 *     programs may write others
 * @param priority of the event
 * @param control number of the newest control object of the run that was known: the worker obeys
 *     later ones alone; absent: none was
 * @param errorCode why it was cancelled or refused
 * @param reason as the code, for people
 * @param decidedBy id of the registry that wrote it
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
    @Nullable Long control,
    @Nullable FailureCode errorCode,
    @Nullable String reason,
    @Nullable String decidedBy,
    Instant created) {
  public static final String FIRST = "first";
  public static final String RETRY = "retry";
  public static final String RESUME = "resume";
  public static final String CANCEL = "cancel";
  public static final String REFUSE = "refuse";

  public Admission {
    reason = reason == null ? null : Bounded.message(reason);
  }

  /** Whether the event is to be sent to the work topic. */
  public boolean admits() {
    return !kind.equals(CANCEL) && !kind.equals(REFUSE);
  }
}

package dev.diffstream.schemas.event;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.FailureCode;
import io.soabase.recordbuilder.core.RecordBuilder;
import org.jspecify.annotations.Nullable;

/**
 * A run ended without a version. The same code and message stand in the dead letter's headers and
 * in the attempt's report.
 *
 * @param taskId the task's id, or {@code unknown} where the event does not say one
 * @param eventSource CloudEvents source of the task event, where it could be read
 * @param eventId CloudEvents id of the task event, where it could be read
 * @param attempt that failed, from 1; absent where no worker began one
 * @param report object key of the attempt's report
 * @param owner who asked for it; absent where the event did not say
 * @param examples rows that the attempt read to train on; absent where it did not read them to
 *     their end
 */
@RecordBuilder
public record RunFailed(
    String runId,
    String taskId,
    @Nullable String eventSource,
    @Nullable String eventId,
    @Nullable Long attempt,
    FailureCode errorCode,
    String message,
    boolean retryable,
    @Nullable String report,
    @Nullable String owner,
    @Nullable Long examples)
    implements TaskRelatedEvent {
  public RunFailed {
    message = Bounded.message(message);
    eventSource = eventSource == null ? null : Bounded.text(eventSource, 1_000);
    eventId = eventId == null ? null : Bounded.text(eventId, 1_000);
  }
}

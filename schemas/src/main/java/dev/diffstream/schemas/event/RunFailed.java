package dev.diffstream.schemas.event;

import dev.diffstream.schemas.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * A run ended without a version. The same code and message stand in the dead letter's headers and
 * in the run report.
 *
 * @param taskId the task's id, or {@code unknown} where the event does not say one
 * @param eventSource CloudEvents source of the task event, where it could be read
 * @param eventId CloudEvents id of the task event, where it could be read
 * @param report object key of the run report
 */
public record RunFailed(
    String runId,
    String taskId,
    @Nullable String eventSource,
    @Nullable String eventId,
    ErrorCode errorCode,
    String message,
    boolean retryable,
    @Nullable String report)
    implements Event {}

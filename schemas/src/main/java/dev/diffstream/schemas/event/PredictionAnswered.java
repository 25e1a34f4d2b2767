package dev.diffstream.schemas.event;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.FailureCode;
import io.soabase.recordbuilder.core.RecordBuilder;
import org.jspecify.annotations.Nullable;

/**
 * What a task says to the text of a {@link PredictionRequested}, or why it says nothing.
 *
 * @param taskId the task's id, or {@code unknown} where the request does not say one
 * @param requestSource CloudEvents source of the request; {@code topic/partition/offset} where it
 *     could not be read
 * @param requestId CloudEvents id of the request; absent where it could not be read
 * @param version that answered; 0 for a provisional; absent after a failure, as are digest, alias
 *     and prediction
 * @param digest of the diff that answered
 * @param alias under which it answered: {@code champion}, {@code canary}, {@code previous} or
 *     {@code provisional}
 * @param prediction as {@code POST /v1/tasks/{task}/predict} answers it
 * @param errorCode absent where there is a prediction
 */
@RecordBuilder
public record PredictionAnswered(
    String taskId,
    String requestSource,
    @Nullable String requestId,
    @Nullable Long version,
    @Nullable String digest,
    @Nullable String alias,
    @Nullable JsonNode prediction,
    @Nullable FailureCode errorCode,
    @Nullable String message)
    implements TaskRelatedEvent {
  public PredictionAnswered {
    requestSource = Bounded.text(requestSource, 1_000);
    requestId = requestId == null ? null : Bounded.text(requestId, 1_000);
    message = message == null ? null : Bounded.message(message);
  }
}

package dev.diffstream.schemas.registry;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.FailureCode;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The registry refused a published diff: {@code runs/<run id>/refusals/<n>.json}.
 *
 * @param number of this refusal of the run, from 1
 * @param attempt of the run that published the diff
 * @param digest of the refused diff
 * @param published where the DiffPublished record stands; absent where the report spoke for it
 */
@RecordBuilder
public record Refusal(
    String runId,
    String taskId,
    long number,
    long attempt,
    String digest,
    EventOrigin event,
    @Nullable String published,
    FailureCode errorCode,
    String message,
    Instant created) {
  public Refusal {
    message = Bounded.message(message);
  }
}

package dev.diffstream.schemas.run;

import dev.diffstream.schemas.EventOrigin;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A worker has begun an attempt of a run: {@code runs/<run id>/attempts/<20 digits>.json}. An
 * attempt without a report beside it is running, or its worker was lost.
 *
 * @param worker id of the worker
 * @param device that it learns on
 * @param program the worker's version
 * @param admission number of the admission by which the event came; absent where it had none
 */
public record AttemptBegun(
    String runId,
    String taskId,
    long attempt,
    EventOrigin event,
    String worker,
    @Nullable String device,
    @Nullable String program,
    @Nullable Long admission,
    Instant started) {}

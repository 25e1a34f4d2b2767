package dev.diffstream.schemas.event;

import io.soabase.recordbuilder.core.RecordBuilder;
import org.jspecify.annotations.Nullable;

/**
 * How far a run is. Sent at every change of phase and at least every two seconds.
 *
 * @param attempt counts from 1; a later attempt of the same run starts again
 * @param worker id of the worker that has the run
 * @param device that it learns on, such as {@code cpu} or {@code gpu:0}
 * @param step of {@code steps} in this phase
 * @param loss mean over the last steps; absent where the phase has none
 * @param openGates share of all gated values whose gate is open, 0 to 1; absent outside of the
 *     phase that learns gates
 * @param devScore the newest score on the dev rows; absent before the first
 * @param secondsLeft estimate until the diff is published; absent while unknown
 * @param share of the whole run that is done, 0 to 1
 * @param admission number of the admission by which the worker got the event; absent where it came
 *     without one
 */
@RecordBuilder
public record RunProgressed(
    String runId,
    String taskId,
    long attempt,
    @Nullable String worker,
    @Nullable String device,
    Phase phase,
    long step,
    long steps,
    @Nullable Double loss,
    @Nullable Double openGates,
    @Nullable Double devScore,
    @Nullable Double secondsLeft,
    double share,
    @Nullable Long admission)
    implements TaskRelatedEvent {}

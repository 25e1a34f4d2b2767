package dev.diffstream.schemas.run;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.FailureCode;
import java.time.Instant;

/**
 * The outcome of a run that no worker reported: its workers were lost, or somebody cancelled it.
 * {@code runs/<run id>/outcome.json}, put if absent.
 *
 * @param actor who decided it; {@code registry} where nobody asked
 */
public record RunOutcome(
    String runId,
    String taskId,
    EventOrigin event,
    FailureCode errorCode,
    String message,
    String actor,
    Instant created) {
  public RunOutcome {
    message = Bounded.message(message);
  }
}

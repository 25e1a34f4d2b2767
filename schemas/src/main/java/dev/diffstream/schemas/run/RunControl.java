package dev.diffstream.schemas.run;

import dev.diffstream.schemas.Bounded;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What somebody asked of a run: {@code runs/<run id>/control/<20 digits>.json}, put if absent. The
 * highest number counts.
 *
 * @param number of this request, from 1
 * @param action {@code cancel}, {@code pause} or {@code resume}; readers ignore others
 */
public record RunControl(
    String runId,
    long number,
    String action,
    String actor,
    @Nullable String requestId,
    @Nullable String reason,
    Instant created) {
  public static final String CANCEL = "cancel";
  public static final String PAUSE = "pause";
  public static final String RESUME = "resume";

  public RunControl {
    reason = reason == null ? null : Bounded.message(reason);
  }

  /** Who cancelled the run, and why, for people. */
  public String cancellation() {
    return "cancelled by " + actor + (reason == null ? "" : ": " + reason);
  }
}

package dev.diffstream.registry.console.run;

import dev.diffstream.registry.console.Words;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.registry.runs.Submission;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunProgressed;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A run in a list. */
public record RunRow(
    String runId,
    String taskId,
    String state,
    String detail,
    @Nullable String owner,
    Instant updated,
    String ago) {

  public static RunRow of(RunView run, Instant now) {
    return new RunRow(
        run.runId(),
        run.taskId(),
        run.state(),
        detail(run),
        run.owner(),
        run.updated(),
        Words.ago(run.updated(), now));
  }

  /** What is to say of its state, in one line. */
  private static String detail(RunView run) {
    Submission submission = run.submission();
    return switch (run.state()) {
      case "versioned" -> "version " + run.version();
      case "failed", "cancelled" -> failure(Objects.requireNonNull(run.failure()));
      case "published" -> "its diff is being verified";
      case "paused" -> "until somebody resumes it";
      case "queued" ->
          submission != null && submission.waitsFor() != null
              ? "waits for " + submission.waitsFor()
              : submission != null && submission.state() == Submission.State.READY
                  ? "waits for a worker"
                  : "waits for its turn";
      default -> run.progress() == null ? "" : progress(run.progress());
    };
  }

  private static String failure(RunFailed failure) {
    return failure.errorCode() + ": " + failure.message();
  }

  private static String progress(RunProgressed progress) {
    StringBuilder text = new StringBuilder(progress.phase().text());
    if (progress.steps() > 0) {
      text.append(", step ").append(progress.step()).append(" of ").append(progress.steps());
    }
    text.append(", attempt ").append(progress.attempt());
    if (progress.worker() != null) {
      text.append(" on ").append(progress.worker());
    }
    if (progress.device() != null) {
      text.append(" (").append(progress.device()).append(')');
    }
    return text.toString();
  }

  /** Time until the diff is published; null while nobody knows. */
  static @Nullable String left(@Nullable RunProgressed progress) {
    return progress == null || progress.secondsLeft() == null
        ? null
        : Words.duration(Duration.ofSeconds(Math.round(progress.secondsLeft())));
  }
}

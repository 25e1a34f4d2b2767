package dev.diffstream.registry.runs;

import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunProgressed;
import dev.diffstream.schemas.event.RunProgressedBuilder;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The latest that the topics say of a run; immutable.
 *
 * @param submission the task event; null where it is not known
 * @param version 0 until the run's diff is a version
 * @param started time of the first event seen
 * @param updated time of the last event seen
 */
@RecordBuilder
public record RunView(
    String runId,
    String taskId,
    @Nullable Submission submission,
    @Nullable RunProgressed progress,
    @Nullable RunFailed failure,
    @Nullable DiffPublished published,
    long version,
    Instant started,
    Instant updated) {

  public static RunView of(String runId, String taskId, Instant time) {
    return RunViewBuilder.builder()
        .runId(runId)
        .taskId(taskId)
        .version(0)
        .started(time)
        .updated(time)
        .build();
  }

  /**
   * {@code queued}, {@code running}, {@code paused}, {@code published} (being verified), {@code
   * versioned}, {@code failed} or {@code cancelled}.
   */
  public String state() {
    if (version > 0) {
      return "versioned";
    }
    if (failure != null) {
      return failure.errorCode().is(ErrorCode.CANCELLED) ? "cancelled" : "failed";
    }
    if (published != null) {
      return "published";
    }
    return submission == null
        ? "running"
        : switch (submission.state()) {
          case WAITING, READY -> "queued";
          case TAKEN -> "running";
          case PAUSED -> "paused";
        };
  }

  /** Who asked for it; null where its event is not known, or does not say. */
  public @Nullable String owner() {
    return submission == null ? null : submission.owner();
  }

  /** Whether nothing more will become of the run, unless its event is sent once more. */
  public boolean hasEnded() {
    return version > 0 || failure != null;
  }

  public RunView withSubmission(Submission event) {
    return with(event.submitted()).submission(event).build();
  }

  /** The event was sent once more after it failed. */
  public RunView again() {
    return RunViewBuilder.builder(this).failure(null).build();
  }

  /** A pause says nothing of how far the run is. */
  public RunView withProgress(RunProgressed newest, Instant time) {
    RunProgressed known = progress;
    boolean keeps = newest.phase() == Phase.PAUSED && known != null;
    return with(time)
        .progress(
            keeps
                ? RunProgressedBuilder.builder(known)
                    .phase(Phase.PAUSED)
                    .admission(newest.admission())
                    .build()
                : newest)
        .build();
  }

  public RunView withFailure(RunFailed newest, Instant time) {
    return with(time).failure(newest).build();
  }

  public RunView withPublished(DiffPublished event, Instant time) {
    return with(time).published(event).build();
  }

  public RunView withVersion(long number, Instant time) {
    return with(time).version(number).build();
  }

  /** The bucket has its version no more. */
  RunView withoutVersion() {
    return RunViewBuilder.builder(this).version(0).build();
  }

  private RunViewBuilder with(Instant time) {
    return RunViewBuilder.builder(this)
        .started(time.isBefore(started) ? time : started)
        .updated(time.isAfter(updated) ? time : updated);
  }
}

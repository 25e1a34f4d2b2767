package dev.diffstream.registry.runs;

import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunProgressed;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The latest that the topics say of a run; immutable.
 *
 * @param version 0 until the run's diff is a version
 * @param started time of the first event seen
 * @param updated time of the last event seen
 */
public record RunView(
    String runId,
    String taskId,
    @Nullable RunProgressed progress,
    @Nullable RunFailed failure,
    @Nullable DiffPublished published,
    long version,
    Instant started,
    Instant updated) {

  public static RunView of(String runId, String taskId, Instant time) {
    return new RunView(runId, taskId, null, null, null, 0, time, time);
  }

  /** {@code versioned}, {@code failed}, {@code published} (being verified) or {@code running}. */
  public String state() {
    if (version > 0) {
      return "versioned";
    }
    if (failure != null) {
      return "failed";
    }
    return published == null ? "running" : "published";
  }

  public RunView withProgress(RunProgressed newest, Instant time) {
    return new RunView(
        runId, taskId, newest, failure, published, version, earlier(time), later(time));
  }

  public RunView withFailure(RunFailed newest, Instant time) {
    return new RunView(
        runId, taskId, progress, newest, published, version, earlier(time), later(time));
  }

  public RunView withPublished(DiffPublished event, Instant time) {
    return new RunView(
        runId, taskId, progress, failure, event, version, earlier(time), later(time));
  }

  public RunView withVersion(long number, Instant time) {
    return new RunView(
        runId, taskId, progress, failure, published, number, earlier(time), later(time));
  }

  private Instant earlier(Instant time) {
    return time.isBefore(started) ? time : started;
  }

  private Instant later(Instant time) {
    return time.isAfter(updated) ? time : updated;
  }
}

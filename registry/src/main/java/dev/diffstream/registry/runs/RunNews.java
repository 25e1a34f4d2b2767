package dev.diffstream.registry.runs;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a topic has said of a run, for whoever lets events through to the workers. */
public sealed interface RunNews {
  String runId();

  /** A diff of the run was published, or is a version. */
  record Published(String runId) implements RunNews {}

  /**
   * The event at a place has its dead letter.
   *
   * @param place where it was sent first
   */
  record DeadLettered(String runId, String place) implements RunNews {}

  /**
   * An attempt has ended that read rows to train on.
   *
   * @param owner who asked for the run; null where its event did not say
   */
  record Trained(String runId, long attempt, @Nullable String owner, long rows, Instant time)
      implements RunNews {}

  /**
   * A worker has the event that this admission sent.
   *
   * @param admission its number
   */
  record Taken(String runId, long admission) implements RunNews {}

  /**
   * A worker has left the event that this admission sent, for a pause.
   *
   * @param admission its number
   */
  record Paused(String runId, long admission) implements RunNews {}
}

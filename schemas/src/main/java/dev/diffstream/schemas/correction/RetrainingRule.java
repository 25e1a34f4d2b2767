package dev.diffstream.schemas.correction;

import dev.diffstream.schemas.Bounded;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * When a task is learned again by itself: {@code rules/<task id>/<20 digits>.json}, put if absent.
 * The highest number counts. One condition that is met is enough; absent ones are never met.
 *
 * @param number of this rule for its task, from 1
 * @param corrections so many, since the last retraining
 * @param qualityBelow a share from 0 to 1: of the newest {@code qualityOf} corrections since the
 *     last retraining, fewer confirm the answer
 * @param qualityOf how many corrections a quality is computed from
 * @param confidenceDrift a number of standard errors: the probabilities of the champion's latest
 *     answers lie, on average, at least so far from those of its first answers
 * @param cooldownSeconds from one retraining to the next
 * @param minGain of the new version over the champion, in units of the task's metric; below 0: by
 *     how much it may be worse. Absent: as the champion's own event says, else 0
 * @param removed true: the task has no rule any more
 */
@RecordBuilder
public record RetrainingRule(
    String taskId,
    long number,
    @Nullable Integer corrections,
    @Nullable Double qualityBelow,
    @Nullable Integer qualityOf,
    @Nullable Double confidenceDrift,
    long cooldownSeconds,
    @Nullable Budget budget,
    @Nullable Double minGain,
    @Nullable Boolean removed,
    String actor,
    @Nullable String requestId,
    @Nullable String reason,
    Instant created) {
  public RetrainingRule {
    reason = reason == null ? null : Bounded.message(reason);
  }

  /**
   * How many retrainings there may be.
   *
   * @param perDay within 24 hours
   * @param total ever, whatever the rule was
   */
  public record Budget(@Nullable Integer perDay, @Nullable Integer total) {}

  /** Whether it asks for anything: the word that there is no rule any more does not. */
  public boolean counts() {
    return !Boolean.TRUE.equals(removed);
  }

  public Duration cooldown() {
    return Duration.ofSeconds(cooldownSeconds);
  }
}

package dev.diffstream.registry.quota;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.service.DueTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Whether owners may go on. What counts stands in versions and in the failures that topics tell of,
 * which every registry reads, so that all come to the same. Belongs to the registrar's thread.
 */
public final class OwnerQuotas {
  private final QuotaSettings settings;
  private final KeptBytes bytes;
  private final Consumer<TaskId> readDeleted;
  private final InstantSource clock;
  private final TrainedExamples examples;

  /** Longest wait for rows that were trained on, of which the time was given by another clock. */
  private final Duration longestWait;

  /**
   * @param readDeleted asks the bucket which versions of a task are deleted, and tells {@code
   *     bytes}
   */
  public OwnerQuotas(
      QuotaSettings settings, KeptBytes bytes, Consumer<TaskId> readDeleted, InstantSource clock) {
    this.settings = settings;
    this.bytes = bytes;
    this.readDeleted = readDeleted;
    this.clock = clock;
    this.examples = new TrainedExamples(settings.maxExamples(), settings.examplesWindow());
    this.longestWait = settings.examplesWindow().multipliedBy(2);
  }

  /** Whether there is a quota that could hold anybody back. */
  public boolean areSet() {
    return settings.maxExamples() > 0 || settings.maxDiffBytes() > 0;
  }

  /** An attempt of a run has ended that read so many rows to train on. */
  public void trained(@Nullable String owner, String runId, long attempt, long rows, Instant time) {
    if (settings.maxExamples() > 0) {
      examples.add(owner == null ? "" : owner, runId, attempt, rows, time);
    }
  }

  /**
   * What the next run of the owner waits for; empty: for nothing.
   *
   * @param owner empty: of events that name none
   */
  public Optional<String> waitsFor(String owner) {
    if (settings.maxDiffBytes() > 0 && bytes.of(owner) >= settings.maxDiffBytes()) {
      return Optional.of(
          "quota of diff bytes: the versions of %s have %d bytes, %d may be kept; delete some"
              .formatted(named(owner), bytes.of(owner), settings.maxDiffBytes()));
    }
    if (settings.maxExamples() == 0) {
      return Optional.empty();
    }
    return examples
        .freeAt(owner)
        .filter(freeAt -> !DueTime.isPast(freeAt, longestWait, clock.instant()))
        .map(
            freeAt ->
                "quota of examples until %s: runs of %s may train on %d in %s"
                    .formatted(
                        freeAt.truncatedTo(ChronoUnit.SECONDS),
                        named(owner),
                        settings.maxExamples(),
                        settings.examplesWindow()));
  }

  /**
   * Fails if the owner may not keep so many bytes more. Versions that another registry has deleted
   * may not be known to be: where there is no room, the bucket is asked.
   *
   * @throws DiffstreamException QUOTA_EXCEEDED
   */
  public void checkRoom(@Nullable String owner, long more, String digest) {
    String name = owner == null ? "" : owner;
    if (hasRoom(name, more)) {
      return;
    }
    for (String task : bytes.tasksOf(name)) {
      readDeleted.accept(new TaskId(task));
      if (hasRoom(name, more)) {
        return;
      }
    }
    throw new DiffstreamException(
        ErrorCode.QUOTA_EXCEEDED,
        "diff %s has %d bytes, the versions of %s have %d, together they may have %d: delete versions, then replay"
            .formatted(digest, more, named(name), bytes.of(name), settings.maxDiffBytes()));
  }

  private boolean hasRoom(String owner, long more) {
    return settings.maxDiffBytes() == 0 || bytes.of(owner) + more <= settings.maxDiffBytes();
  }

  private static String named(String owner) {
    return owner.isEmpty() ? "events without an owner" : "owner " + Bounded.value(owner);
  }
}

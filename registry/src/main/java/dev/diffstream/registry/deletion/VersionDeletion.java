package dev.diffstream.registry.deletion;

import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.catalog.TombstoneLog;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Tombstone;
import dev.diffstream.schemas.registry.VersionRecord;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Deletes versions: a tombstone says so at once, and the bytes follow when nothing needs them
 * ({@link UnusedDiffs}). Thread-safe, and safe together with other processes.
 */
public final class VersionDeletion {
  private final VersionLog versions;
  private final AliasLog aliases;
  private final TombstoneLog tombstones;
  private final InstantSource clock;
  private final Consumer<Tombstone> deleted;

  /**
   * @param deleted hears of deletions, also of those that were made before
   */
  public VersionDeletion(
      VersionLog versions,
      AliasLog aliases,
      TombstoneLog tombstones,
      InstantSource clock,
      Consumer<Tombstone> deleted) {
    this.versions = versions;
    this.aliases = aliases;
    this.tombstones = tombstones;
    this.clock = clock;
    this.deleted = deleted;
  }

  /**
   * Deletes a version that no alias names; one that is deleted already stays as it was deleted.
   *
   * @throws DiffstreamException VERSION_UNKNOWN; INVALID_REQUEST while an alias names it
   */
  public Tombstone delete(
      TaskId task, long number, String actor, @Nullable String requestId, @Nullable String reason) {
    VersionRecord version =
        versions
            .find(task, number)
            .orElseThrow(
                () ->
                    new DiffstreamException(
                        ErrorCode.VERSION_UNKNOWN, "task " + task + " has no version " + number));
    aliasOf(task, number)
        .ifPresent(
            alias -> {
              throw new DiffstreamException(
                  ErrorCode.INVALID_REQUEST,
                  "version %d of task %s is its %s: promote another, or withdraw it first"
                      .formatted(number, task, alias));
            });
    Tombstone tombstone =
        tombstones.put(
            new Tombstone(
                task.value(), number, version.digest(), actor, requestId, reason, clock.instant()));
    deleted.accept(tombstone);
    return tombstone;
  }

  private Optional<String> aliasOf(TaskId task, long version) {
    Map<String, AliasTarget> named =
        aliases.newest(task).map(AliasGeneration::aliases).orElse(Map.of());
    return named.entrySet().stream()
        .filter(alias -> alias.getValue().version() == version)
        .map(Map.Entry::getKey)
        .sorted()
        .findFirst();
  }
}

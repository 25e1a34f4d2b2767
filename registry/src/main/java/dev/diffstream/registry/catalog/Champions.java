package dev.diffstream.registry.catalog;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.VersionRecord;
import java.util.Optional;

/** The versions that answer now, as the bucket has them. Thread-safe. */
public final class Champions {
  private final AliasLog aliases;
  private final VersionLog versions;

  public Champions(AliasLog aliases, VersionLog versions) {
    this.aliases = aliases;
    this.versions = versions;
  }

  /** Empty while none answers. */
  public Optional<VersionRecord> find(TaskId task) {
    return aliases
        .newest(task)
        .map(AliasGeneration::champion)
        .flatMap(champion -> versions.find(task, champion.version()));
  }

  /**
   * @throws DiffstreamException TASK_UNKNOWN while none answers
   */
  public VersionRecord get(TaskId task) {
    return find(task)
        .orElseThrow(
            () -> new DiffstreamException(ErrorCode.TASK_UNKNOWN, "no champion of task " + task));
  }
}

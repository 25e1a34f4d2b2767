package dev.diffstream.registry.catalog;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.registry.AliasGeneration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads tasks from the bucket. Thread-safe. */
public final class TaskReader {
  private final ObjectStore store;
  private final VersionLog versions;
  private final AliasLog aliases;
  private final ParallelReads reads;

  /**
   * @param reads for many tasks at once
   */
  public TaskReader(ObjectStore store, VersionLog versions, AliasLog aliases, ParallelReads reads) {
    this.store = store;
    this.versions = versions;
    this.aliases = aliases;
    this.reads = reads;
  }

  /** A task as it is now. */
  public TaskView read(TaskId task) {
    return read(TaskListing.of(store, task));
  }

  /** A task as the listing shows it. */
  public TaskView read(TaskListing listing) {
    return new TaskView(
        listing.task().value(),
        versions.versions(
            listing.task(), listing.versions().stream().mapToLong(Long::longValue).toArray()),
        newest(listing),
        listing.fingerprint(),
        Set.copyOf(listing.deleted()));
  }

  /** In the order of the listings; empty for a task that cannot be read now. */
  public List<Optional<TaskView>> read(List<TaskListing> listings) {
    return reads.all(listings, this::readIfPossible);
  }

  private Optional<TaskView> readIfPossible(TaskListing listing) {
    try {
      return Optional.of(read(listing));
    } catch (DiffstreamException e) { // whoever reads it alone tells why
      return Optional.empty();
    }
  }

  /** The next read of the task takes nothing from memory: its objects are others. */
  public void forget(TaskId task) {
    versions.forget(task);
  }

  private @Nullable AliasGeneration newest(TaskListing listing) {
    long generation = listing.newestGeneration();
    return generation == 0
        ? null
        : aliases
            .find(listing.task(), generation)
            .orElseThrow(
                () ->
                    new DiffstreamException(
                        ErrorCode.OUTCOME_UNKNOWN,
                        ObjectKeys.aliases(listing.task(), generation)
                            + " is listed but cannot be read"));
  }
}

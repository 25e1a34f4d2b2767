package dev.diffstream.registry;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.catalog.BucketWalk;
import dev.diffstream.registry.catalog.TaskListing;
import dev.diffstream.schemas.TaskId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compares a listing of the whole bucket with the tasks that are known, and has those read that
 * differ. One page of the listing with each call, so that nothing else waits for long. Belongs to
 * the registrar's thread.
 */
final class Sweep {
  /** What a store lists with one request. */
  private static final int PAGE = 1_000;

  private final ObjectStore store;
  private final TaskCatalog tasks;
  private final Set<String> seen = new HashSet<>();
  private final List<TaskId> withTombstones = new ArrayList<>();
  private @Nullable BucketWalk walk;

  Sweep(ObjectStore store, TaskCatalog tasks) {
    this.store = store;
    this.tasks = tasks;
  }

  /** Whether {@link #advance} has begun and not come to the end. */
  boolean isUnderWay() {
    return walk != null;
  }

  /**
   * Reads on; the first call begins, and so does the next one after a failure.
   *
   * @return whether the end is reached
   */
  boolean advance() {
    BucketWalk current = walk == null ? begin() : walk;
    try {
      for (TaskListing listing : current.next(PAGE)) {
        seen.add(listing.task().value());
        if (listing.hasTombstones()) {
          withTombstones.add(listing.task());
        }
        tasks.compare(listing);
      }
      if (!current.atEnd()) {
        return false;
      }
    } catch (RuntimeException e) {
      stop();
      throw e;
    }
    stop();
    tasks.loadAllBut(seen);
    return true;
  }

  /** Tasks of which versions are deleted, as the last whole sweep has found. */
  List<TaskId> withTombstones() {
    return List.copyOf(withTombstones);
  }

  private BucketWalk begin() {
    seen.clear();
    withTombstones.clear();
    BucketWalk begun = new BucketWalk(store);
    walk = begun;
    return begun;
  }

  private void stop() {
    if (walk != null) {
      walk.close();
      walk = null;
    }
  }
}

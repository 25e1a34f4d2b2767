package dev.diffstream.registry;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.TaskBacklog.Job;
import dev.diffstream.registry.catalog.BucketWalk;
import dev.diffstream.registry.catalog.TaskListing;
import dev.diffstream.registry.recovery.Recovery;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.service.DueTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compares now and then a listing of the whole bucket with the tasks that are known, and has those
 * read that differ. One page of the listing with each step, so that nothing else waits for long.
 * Belongs to the registrar's thread.
 */
final class Sweep {
  /** What a store lists with one request. */
  private static final int PAGE = 1_000;

  private final ObjectStore store;
  private final TaskCatalog tasks;
  private final Recovery recovery;
  private final TaskBacklog backlog;
  private final Duration interval;
  private final InstantSource clock;
  private final Findings findings;
  private final Set<String> seen = new HashSet<>();
  private final List<TaskId> withTombstones = new ArrayList<>();
  private Instant next = Instant.MAX;
  private boolean done;
  private boolean runsUnread;
  private @Nullable BucketWalk walk;
  private Recovery.@Nullable Walk runs;

  /** Hears what a sweep has found, beside tasks that have changed. */
  interface Findings {
    /**
     * All tasks are compared.
     *
     * @param withTombstones those of which versions are deleted
     */
    void tasksCompared(List<TaskId> withTombstones);

    /** The report of a run of which nothing else says that it published. */
    void unknownReport(String key);
  }

  /**
   * @param interval from one sweep to the next
   */
  Sweep(
      ObjectStore store,
      TaskCatalog tasks,
      Recovery recovery,
      TaskBacklog backlog,
      Duration interval,
      InstantSource clock,
      Findings findings) {
    this.store = store;
    this.tasks = tasks;
    this.recovery = recovery;
    this.backlog = backlog;
    this.interval = interval;
    this.clock = clock;
    this.findings = findings;
  }

  /** The bucket was read whole just now. */
  void beginAfterInterval() {
    done = true;
    next = clock.instant().plus(interval);
  }

  /** Nothing was read but a snapshot: the first sweep begins now, and looks at runs too. */
  void beginNow() {
    runsUnread = true;
    next = clock.instant();
  }

  /** Whether the whole bucket was read or compared once. */
  boolean isDone() {
    return done;
  }

  /** To be called in each step. */
  void step() {
    Instant now = clock.instant();
    if (DueTime.isPast(next, interval, now)) {
      next = now.plus(interval);
      backlog.retrySetAside();
      backlog.add(new Job(ObjectKeys.tasksPrefix(), "", this::compareTasks));
    } else if (walk != null) {
      backlog.add(new Job(ObjectKeys.tasksPrefix(), "", this::compareTasks));
    }
    if (runs != null || (done && runsUnread)) {
      backlog.add(new Job(ObjectKeys.runsPrefix(), "", this::readRuns));
    }
  }

  /** Reads on; begins where none is under way, and so after a failure. */
  private void compareTasks() {
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
        return;
      }
    } catch (RuntimeException e) {
      stop();
      throw e;
    }
    stop();
    tasks.loadAllBut(seen);
    done = true;
    findings.tasksCompared(List.copyOf(withTombstones));
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

  private void readRuns() {
    Recovery.Walk current = runs == null ? recovery.walk() : runs;
    runs = current;
    try {
      current.next(PAGE).unknownReports().forEach(findings::unknownReport);
      if (!current.atEnd()) {
        return;
      }
    } catch (RuntimeException e) {
      runs = null;
      current.close();
      throw e;
    }
    runs = null;
    runsUnread = false;
    current.close();
  }
}

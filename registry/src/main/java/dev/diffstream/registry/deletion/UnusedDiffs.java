package dev.diffstream.registry.deletion;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import dev.diffstream.registry.catalog.TombstoneLog;
import dev.diffstream.registry.fleet.Fleet;
import dev.diffstream.registry.fleet.GatewayWords;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Provisional;
import dev.diffstream.schemas.registry.Tombstone;
import dev.diffstream.schemas.registry.VersionRecord;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes the bytes of diffs whose versions are all deleted, with their signatures, some time after
 * the deletion. What an alias, a version that is not deleted, a version that was composed of it, a
 * running gateway or a published diff without a version names stays. Belongs to the registrar's
 * thread.
 */
public final class UnusedDiffs {
  private static final Logger LOG = LoggerFactory.getLogger(UnusedDiffs.class);

  private final ObjectStore store;
  private final TombstoneLog tombstones;
  private final Duration delay;
  private final InstantSource clock;

  /** As the last call found; what has come to use one of them since is known to the next call. */
  private Set<String> unusedBefore = Set.of();

  /**
   * @param delay from the deletion of a version to the removal of its bytes
   */
  public UnusedDiffs(
      ObjectStore store, TombstoneLog tombstones, Duration delay, InstantSource clock) {
    this.store = store;
    this.tombstones = tombstones;
    this.delay = delay;
    this.clock = clock;
  }

  /**
   * Removes what is due and was unused at the last call already.
   *
   * @param tasks all of them, as the bucket has them
   * @param runs all that are kept
   * @return digests of the diffs that were removed
   */
  public List<String> remove(Collection<TaskView> tasks, Collection<RunView> runs, Fleet fleet) {
    return remove(all(), tasks, runs, fleet);
  }

  /**
   * As above, where it is known which tasks have deleted versions.
   *
   * @param deleters the tasks of which versions are deleted
   */
  public List<String> remove(
      Collection<TaskId> deleters,
      Collection<TaskView> tasks,
      Collection<RunView> runs,
      Fleet fleet) {
    Map<String, Set<Long>> deleted = new HashMap<>();
    Set<String> due = new HashSet<>();
    Instant now = clock.instant();
    List<Tombstone> all = deleters.stream().flatMap(task -> tombstones.of(task).stream()).toList();
    for (Tombstone tombstone : all) {
      deleted.computeIfAbsent(tombstone.taskId(), task -> new HashSet<>()).add(tombstone.version());
      if (!tombstone.created().plus(delay).isAfter(now)) {
        due.add(tombstone.digest());
      }
    }
    if (!due.isEmpty()) {
      due.removeAll(inUse(tasks, deleted, runs, fleet));
    }
    List<String> removable = due.stream().filter(unusedBefore::contains).sorted().toList();
    unusedBefore = Set.copyOf(due);
    return removable.stream().filter(this::removeDiff).toList();
  }

  private List<TaskId> all() {
    try (Stream<String> keys = store.list(ObjectKeys.tasksPrefix())) {
      return keys.flatMap(UnusedDiffs::taskOfTombstone).distinct().toList();
    }
  }

  private static Stream<TaskId> taskOfTombstone(String key) {
    TaskId task = ObjectKeys.taskOf(key);
    return task != null && key.startsWith(ObjectKeys.tombstonesPrefix(task))
        ? Stream.of(task)
        : Stream.of();
  }

  private static Set<String> inUse(
      Collection<TaskView> tasks,
      Map<String, Set<Long>> deleted,
      Collection<RunView> runs,
      Fleet fleet) {
    Set<String> used = new HashSet<>();
    for (TaskView task : tasks) {
      Set<Long> gone = deleted.getOrDefault(task.taskId(), Set.of());
      for (VersionRecord version : task.versions()) {
        if (!gone.contains(version.version())) {
          used.add(version.digest());
          used.addAll(version.parents());
        }
      }
      if (task.aliases() != null) {
        task.aliases().aliases().values().stream().map(AliasTarget::digest).forEach(used::add);
        Provisional provisional = task.aliases().provisional();
        if (provisional != null) {
          used.add(provisional.digest());
        }
      }
    }
    for (RunView run : runs) {
      DiffPublished published = run.published();
      if (published != null && run.state().equals("published")) {
        used.add(published.digest());
      }
    }
    for (GatewayWords gateway : fleet.gateways()) {
      gateway
          .tasks()
          .values()
          .forEach(
              word -> {
                String digest = word.residency().digest();
                if (digest != null) {
                  used.add(digest);
                }
              });
    }
    return used;
  }

  /** False where it was removed before. */
  private boolean removeDiff(String digest) {
    String diff = ObjectKeys.diff(digest);
    List<String> keys;
    try (Stream<String> found = store.list(diff)) { // the file, and its signatures
      keys = found.toList();
    }
    keys.forEach(store::delete);
    if (!keys.isEmpty()) {
      LOG.info("removed diff {}: all its versions are deleted, and nothing uses it", digest);
    }
    return !keys.isEmpty();
  }
}

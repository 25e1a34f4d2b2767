package dev.diffstream.registry.catalog;

import dev.diffstream.registry.runs.RunIndex;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.VersionRecord;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/**
 * What the registry knows, as of one moment; immutable. The registrar's thread makes the next one,
 * which shares with this one all that has not changed; every other thread reads the newest through
 * one volatile field.
 *
 * @param tasks by id
 * @param runIndex the runs that are kept
 * @param ready whether the bucket and the topics have been read to their ends once
 */
public record RegistrySnapshot(
    PSortedMap<String, TaskView> tasks, RunIndex runIndex, boolean ready) {
  public static final RegistrySnapshot EMPTY =
      new RegistrySnapshot(TreePMap.empty(), RunIndex.EMPTY, false);

  /** The tasks behind this one, by id; null or empty: all of them. */
  public Stream<TaskView> tasksAfter(@Nullable String taskId) {
    return taskId == null || taskId.isEmpty()
        ? tasks.values().stream()
        : tasks.tailMap(taskId, false).values().stream();
  }

  /** What it tells of these tasks, and of no others. */
  public RegistrySnapshot only(Predicate<String> task) {
    Map<String, Boolean> chosen = new HashMap<>();
    Predicate<String> once = id -> chosen.computeIfAbsent(id, task::test);
    Map<String, TaskView> some = new TreeMap<>();
    tasks.forEach(
        (id, view) -> {
          if (once.test(id)) {
            some.put(id, view);
          }
        });
    return new RegistrySnapshot(TreePMap.from(some), runIndex.only(once), ready);
  }

  /** The runs that are kept, by id. */
  public Map<String, RunView> runs() {
    return runIndex.byId();
  }

  /** A run that is kept, or has a version. */
  public Optional<RunView> run(String runId) {
    return runIndex.find(runId);
  }

  /**
   * A task's versions in ascending order and its newest aliases.
   *
   * @param aliases null: none were written yet
   * @param fingerprint of the listing that it was read by, see {@link TaskListing}; empty: not
   *     known
   * @param deleted numbers of the versions that are deleted
   */
  public record TaskView(
      String taskId,
      List<VersionRecord> versions,
      @Nullable AliasGeneration aliases,
      String fingerprint,
      Set<Long> deleted) {
    public TaskView {
      versions = List.copyOf(versions);
      deleted = Set.copyOf(deleted);
    }

    public TaskView(
        String taskId, List<VersionRecord> versions, @Nullable AliasGeneration aliases) {
      this(taskId, versions, aliases, "", Set.of());
    }

    /** The version of this number. */
    public Optional<VersionRecord> version(long number) {
      return versions.stream().filter(version -> version.version() == number).findFirst();
    }

    /** Those that are not deleted. */
    public List<VersionRecord> kept() {
      return deleted.isEmpty()
          ? versions
          : versions.stream().filter(version -> !deleted.contains(version.version())).toList();
    }

    /** Numbers of versions that were accepted once, and whose objects are gone. */
    public List<Long> missingVersions() {
      Set<Long> present = new HashSet<>();
      versions.forEach(version -> present.add(version.version()));
      long highest = versions.isEmpty() ? 0 : versions.getLast().version();
      long accepted = aliases == null ? highest : Math.max(highest, aliases.decidedThrough());
      return LongStream.rangeClosed(1, accepted).filter(n -> !present.contains(n)).boxed().toList();
    }

    /** Whether every version has had its decision. */
    public boolean isDecided() {
      long decided = aliases == null ? 0 : aliases.decidedThrough();
      return versions.isEmpty() || versions.getLast().version() <= decided;
    }

    /** Whether a version serves the task. */
    public boolean hasChampion() {
      return aliases != null && aliases.champion() != null;
    }

    /** Whether all that is known here is still there in {@code now}. */
    public boolean isContinuedBy(TaskView now) {
      return now.generation() >= generation()
          && new HashSet<>(now.versions()).containsAll(versions);
    }

    public long generation() {
      return aliases == null ? 0 : aliases.generation();
    }
  }
}

package dev.diffstream.registry.runs;

import dev.diffstream.schemas.registry.VersionRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.pcollections.PMap;
import org.pcollections.TreePMap;

/**
 * The runs that are kept, in the orders in which lists show them, and which version each run made
 * that is kept no more. Immutable: a change makes an index that shares all else with this one.
 */
public final class RunIndex {
  public static final RunIndex EMPTY =
      new RunIndex(TreePMap.empty(), TreePMap.empty(), TreePMap.empty());

  private static final String ALL = "all";

  private final TreePMap<String, RunView> byId;

  /** Each list by its name: all, those of one task, in one state, of one owner. */
  private final PMap<String, TreePMap<RunCursor, RunView>> lists;

  private final TreePMap<String, VersionRecord> versions;

  private RunIndex(
      TreePMap<String, RunView> byId,
      PMap<String, TreePMap<RunCursor, RunView>> lists,
      TreePMap<String, VersionRecord> versions) {
    this.byId = byId;
    this.lists = lists;
    this.versions = versions;
  }

  /** Those that are kept. */
  public Map<String, RunView> byId() {
    return byId;
  }

  /** A run that is kept, or what its version tells of one that is kept no more. */
  public Optional<RunView> find(String runId) {
    RunView kept = byId.get(runId);
    return kept != null
        ? Optional.of(kept)
        : Optional.ofNullable(versions.get(runId)).map(RunIndex::told);
  }

  /** The version that a run made. */
  public Optional<VersionRecord> versionOf(String runId) {
    return Optional.ofNullable(versions.get(runId));
  }

  private static RunView told(VersionRecord version) {
    Instant time = version.created();
    return RunView.of(version.runId(), version.taskId(), time).withVersion(version.version(), time);
  }

  /**
   * Runs of a list, those that began last first. The shortest list that one part of the filter asks
   * for is read until enough runs fit the others.
   *
   * @param after only runs behind it; null: from the first one on
   */
  public List<RunView> page(RunFilter filter, @Nullable RunCursor after, int limit) {
    TreePMap<RunCursor, RunView> list = shortest(filter);
    TreePMap<RunCursor, RunView> rest = after == null ? list : list.tailMap(after, false);
    return rest.values().stream().filter(filter::fits).limit(limit).toList();
  }

  /** The run of a task that began last. */
  public Optional<RunView> newestOf(String task) {
    return page(RunFilter.ofTask(task), null, 1).stream().findFirst();
  }

  /** How many are kept that are in this state. */
  public int count(String state) {
    return list("state", state).size();
  }

  private TreePMap<RunCursor, RunView> shortest(RunFilter filter) {
    TreePMap<RunCursor, RunView> shortest = lists.getOrDefault(ALL, TreePMap.empty());
    for (String name :
        names("task", filter.task(), "state", filter.state(), "owner", filter.owner())) {
      TreePMap<RunCursor, RunView> list = lists.getOrDefault(name, TreePMap.empty());
      shortest = list.size() < shortest.size() ? list : shortest;
    }
    return shortest;
  }

  private TreePMap<RunCursor, RunView> list(String kind, String value) {
    return lists.getOrDefault(name(kind, value), TreePMap.empty());
  }

  /** The runs of these tasks. */
  public RunIndex only(Predicate<String> task) {
    RunIndex some = EMPTY;
    for (RunView run : byId.values()) {
      if (task.test(run.taskId())) {
        some = some.plus(run);
      }
    }
    for (VersionRecord version : versions.values()) {
      if (task.test(version.taskId())) {
        some = some.plusVersion(version);
      }
    }
    return some;
  }

  RunIndex plus(RunView run) {
    RunView before = byId.get(run.runId());
    PMap<String, TreePMap<RunCursor, RunView>> next = before == null ? lists : without(before, run);
    for (String name : listsOf(run)) {
      TreePMap<RunCursor, RunView> list = next.getOrDefault(name, TreePMap.empty());
      next = next.plus(name, list.plus(RunCursor.of(run), run));
    }
    return new RunIndex(byId.plus(run.runId(), run), next, versions);
  }

  /** The lists without {@code run}, but for those in which {@code next} takes its place. */
  private PMap<String, TreePMap<RunCursor, RunView>> without(RunView run, @Nullable RunView next) {
    boolean samePlace = next != null && next.started().equals(run.started());
    List<String> kept = next != null && samePlace ? listsOf(next) : List.of();
    PMap<String, TreePMap<RunCursor, RunView>> rest = lists;
    for (String name : listsOf(run)) {
      if (!kept.contains(name)) {
        TreePMap<RunCursor, RunView> list =
            rest.getOrDefault(name, TreePMap.empty()).minus(RunCursor.of(run));
        rest = list.isEmpty() ? rest.minus(name) : rest.plus(name, list);
      }
    }
    return rest;
  }

  RunIndex minus(String runId) {
    RunView run = byId.get(runId);
    return run == null ? this : new RunIndex(byId.minus(runId), without(run, null), versions);
  }

  RunIndex plusVersion(VersionRecord version) {
    return new RunIndex(byId, lists, versions.plus(version.runId(), version));
  }

  RunIndex minusVersion(String runId) {
    return new RunIndex(byId, lists, versions.minus(runId));
  }

  private static List<String> listsOf(RunView run) {
    List<String> names = names("task", run.taskId(), "state", run.state(), "owner", run.owner());
    names.add(ALL);
    return names;
  }

  /** Of kinds and values in turns; values that are absent or empty name no list. */
  private static List<String> names(@Nullable String... kindsAndValues) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < kindsAndValues.length; i += 2) {
      String value = kindsAndValues[i + 1];
      if (value != null && !value.isEmpty()) {
        names.add(name(String.valueOf(kindsAndValues[i]), value));
      }
    }
    return names;
  }

  private static String name(String kind, String value) {
    return kind + " " + value;
  }
}

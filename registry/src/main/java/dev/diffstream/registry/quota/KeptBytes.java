package dev.diffstream.registry.quota;

import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import dev.diffstream.schemas.registry.VersionRecord;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes the diffs of each owner's versions have, but for those that are deleted. Belongs
 * to the registrar's thread.
 */
public final class KeptBytes {
  private final Map<String, Map<String, Long>> byOwnerAndTask = new HashMap<>();
  private final Map<String, Long> byOwner = new HashMap<>();

  /**
   * A task as it is now.
   *
   * @param before as it was told last; null: it was not
   */
  public void onTask(@Nullable TaskView before, TaskView now) {
    Map<String, Long> sums = before == null ? new HashMap<>() : emptied(before);
    for (VersionRecord version : now.kept()) {
      sums.merge(ownerOf(version), version.bytes(), Long::sum);
    }
    sums.forEach((owner, bytes) -> put(owner, now.taskId(), bytes));
  }

  /** Owners that may have lost all of the task. */
  private static Map<String, Long> emptied(TaskView task) {
    Map<String, Long> none = new HashMap<>();
    task.kept().forEach(version -> none.put(ownerOf(version), 0L));
    return none;
  }

  private static String ownerOf(VersionRecord version) {
    return Objects.requireNonNullElse(version.owner(), "");
  }

  private void put(String owner, String task, long bytes) {
    Map<String, Long> byTask = byOwnerAndTask.computeIfAbsent(owner, name -> new HashMap<>());
    Long before = bytes == 0 ? byTask.remove(task) : byTask.put(task, bytes);
    long total = of(owner) + bytes - (before == null ? 0 : before);
    if (byTask.isEmpty()) {
      byOwnerAndTask.remove(owner);
      byOwner.remove(owner);
    } else {
      byOwner.put(owner, total);
    }
  }

  /**
   * @param owner empty: of those that name none
   */
  public long of(String owner) {
    return byOwner.getOrDefault(owner, 0L);
  }

  /** Ids of the tasks of which the owner has versions that are not deleted. */
  List<String> tasksOf(String owner) {
    return List.copyOf(byOwnerAndTask.getOrDefault(owner, Map.of()).keySet());
  }
}

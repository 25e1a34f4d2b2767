package dev.diffstream.registry.catalog;

import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import dev.diffstream.registry.runs.RunFilter;
import dev.diffstream.registry.runs.RunIndex;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.schemas.registry.VersionRecord;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whose a task is: the owner whom its first version names; while there is no version, whom the
 * oldest event names of which the topics tell.
 */
public final class TaskOwner {
  private static final int RUNS = 1_000;

  private TaskOwner() {}

  /** Null for a task of nobody, and for one that is not known. */
  public static @Nullable String of(RegistrySnapshot snapshot, String task) {
    return of(snapshot.tasks(), snapshot.runIndex(), task);
  }

  public static @Nullable String of(Map<String, TaskView> tasks, RunIndex runs, String task) {
    TaskView known = tasks.get(task);
    if (known != null && !known.versions().isEmpty()) {
      return known.versions().stream()
          .map(VersionRecord::owner)
          .filter(TaskOwner::isNamed)
          .findFirst()
          .orElse(null);
    }
    List<RunView> newestFirst = runs.page(RunFilter.ofTask(task), null, RUNS);
    return newestFirst.reversed().stream()
        .map(RunView::owner)
        .filter(TaskOwner::isNamed)
        .findFirst()
        .orElse(null);
  }

  private static boolean isNamed(@Nullable String owner) {
    return owner != null && !owner.isBlank();
  }
}

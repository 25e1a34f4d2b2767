package dev.diffstream.registry;

import dev.diffstream.registry.RegistryImage.TaskView;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunProgressed;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.run.RunReport;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The bodies of the registry's HTTP answers. */
final class Answers {
  private Answers() {}

  /** All tasks by id. */
  record Tasks(List<Task> tasks) {}

  /**
   * A task.
   *
   * @param generation of its aliases; 0: none yet
   */
  record Task(
      String taskId,
      int versions,
      long generation,
      Map<String, AliasTarget> aliases,
      @Nullable VersionRecord champion) {
    static Task of(TaskView view) {
      Map<String, AliasTarget> aliases =
          view.aliases() == null ? Map.of() : view.aliases().aliases();
      AliasTarget champion = aliases.get("champion");
      return new Task(
          view.taskId(),
          view.versions().size(),
          view.generation(),
          aliases,
          champion == null
              ? null
              : view.versions().stream()
                  .filter(v -> v.version() == champion.version())
                  .findFirst()
                  .orElse(null));
    }
  }

  /** Versions of a task, newest first. */
  record Versions(String taskId, List<VersionRecord> versions) {}

  /** Runs, newest first. */
  record Runs(List<Run> runs) {}

  /**
   * A run.
   *
   * @param state running, published, versioned or failed
   * @param version that its diff became; absent before
   * @param report absent in lists, and until the run has ended
   */
  record Run(
      String runId,
      String taskId,
      String state,
      @Nullable Long version,
      @Nullable RunProgressed progress,
      @Nullable RunFailed failure,
      Instant started,
      Instant updated,
      @Nullable RunReport report) {
    static Run of(RunView view, @Nullable RunReport report) {
      return new Run(
          view.runId(),
          view.taskId(),
          view.state(),
          view.version() == 0 ? null : view.version(),
          view.progress(),
          view.failure(),
          view.started(),
          view.updated(),
          report);
    }

    /** A run of which the topics no longer tell. */
    static Run of(RunReport report) {
      return new Run(
          report.runId(),
          report.taskId(),
          report.outcome().text(),
          null,
          null,
          null,
          report.started(),
          report.finished(),
          report);
    }
  }

  /** Every failure. */
  record Failure(Reason error) {
    /** A code of the closed list, and what failed. */
    record Reason(String code, String message) {}
  }
}

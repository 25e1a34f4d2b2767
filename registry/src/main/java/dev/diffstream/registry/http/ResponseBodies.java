package dev.diffstream.registry.http;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import dev.diffstream.registry.runs.RunCursor;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.registry.runs.Submission;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunProgressed;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Provisional;
import dev.diffstream.schemas.registry.Tombstone;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.run.RunReport;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The bodies of the registry's HTTP answers. */
public final class ResponseBodies {
  private ResponseBodies() {}

  /**
   * Tasks by id.
   *
   * @param next the page after this one begins with {@code after} this task; absent: none follows
   */
  public record Tasks(List<Task> tasks, @Nullable String next) {
    /**
     * @param found one more than {@code limit} where others follow
     */
    static Tasks of(List<TaskView> found, int limit) {
      List<TaskView> page = found.subList(0, Math.min(limit, found.size()));
      return new Tasks(
          page.stream().map(Task::of).toList(),
          found.size() > limit ? page.getLast().taskId() : null);
    }
  }

  /**
   * A task.
   *
   * @param generation of its aliases; 0: none yet
   * @param provisional a head alone that answers while there is no champion
   */
  public record Task(
      String taskId,
      @Nullable String objective,
      int versions,
      long generation,
      Map<String, AliasTarget> aliases,
      @Nullable Provisional provisional,
      @Nullable VersionRecord champion) {
    public static Task of(TaskView view) {
      Map<String, AliasTarget> aliases =
          view.aliases() == null ? Map.of() : view.aliases().aliases();
      AliasTarget champion = aliases.get("champion");
      return new Task(
          view.taskId(),
          view.versions().isEmpty() ? null : view.versions().getLast().objective(),
          view.versions().size(),
          view.generation(),
          aliases,
          view.aliases() == null ? null : view.aliases().provisional(),
          champion == null ? null : view.version(champion.version()).orElse(null));
    }
  }

  /**
   * Versions of a task, newest first.
   *
   * @param deleted who deleted which of them, and why
   */
  public record Versions(String taskId, List<VersionRecord> versions, List<Tombstone> deleted) {}

  /**
   * Alias generations of a task, newest first.
   *
   * @param next the page after this one ends with {@code before} this generation; absent: none
   *     follows
   */
  public record Moves(String taskId, List<AliasGeneration> moves, @Nullable Long next) {
    static Moves of(String taskId, List<AliasGeneration> moves) {
      long lowest = moves.isEmpty() ? 1 : moves.getLast().generation();
      return new Moves(taskId, moves, lowest > 1 ? lowest : null);
    }
  }

  /**
   * Runs, newest first.
   *
   * @param next the page after this one begins with {@code after} this place; absent: none follows
   */
  public record Runs(List<RunSummary> runs, @Nullable String next) {
    /**
     * @param found one more than {@code limit} where others follow
     */
    static Runs of(List<RunView> found, int limit) {
      List<RunView> page = found.subList(0, Math.min(limit, found.size()));
      return new Runs(
          page.stream().map(RunSummary::of).toList(),
          found.size() > limit ? RunCursor.of(page.getLast()).text() : null);
    }
  }

  /**
   * A run in a list.
   *
   * @param state queued, running, paused, published, versioned, failed or cancelled
   * @param waitsFor what a queued run waits for, where that is not its turn alone
   */
  @RecordBuilder
  public record RunSummary(
      String runId,
      String taskId,
      String state,
      @Nullable String owner,
      @Nullable Integer priority,
      @Nullable String waitsFor,
      @Nullable Long version,
      @Nullable String digest,
      @Nullable String phase,
      @Nullable Double share,
      @Nullable String errorCode,
      @Nullable String message,
      Instant started,
      Instant updated) {
    public static RunSummary of(RunView run) {
      RunFailed failure = run.version() == 0 ? run.failure() : null;
      RunProgressed progress = run.progress();
      Submission submission = run.submission();
      return ResponseBodiesRunSummaryBuilder.builder()
          .runId(run.runId())
          .taskId(run.taskId())
          .state(run.state())
          .owner(run.owner())
          .priority(submission == null ? null : (Integer) submission.priority())
          .waitsFor(
              submission == null || !run.state().equals("queued") ? null : submission.waitsFor())
          .version(run.version() == 0 ? null : (Long) run.version())
          .digest(run.published() == null ? null : run.published().digest())
          .phase(progress == null ? null : progress.phase().text())
          .share(progress == null ? null : (Double) progress.share())
          .errorCode(failure == null ? null : failure.errorCode().name())
          .message(failure == null ? null : failure.message())
          .started(run.started())
          .updated(run.updated())
          .build();
    }
  }

  /**
   * A report as the bucket holds it. What scripts look for most stands at its top too, by the names
   * that it had there before reports were kept by attempt.
   *
   * @param place where the task event stands: {@code topic/partition/offset}
   * @param errorCode why it failed, as {@code failure} says
   * @param examples by split, as {@code data} says; labels and invalid records alike
   */
  public record Report(
      @JsonUnwrapped RunReport report,
      String place,
      @Nullable FailureCode errorCode,
      @Nullable String message,
      @Nullable Map<String, Integer> examples,
      @Nullable List<String> labels,
      @Nullable List<RunReport.InvalidRecord> invalidRecords,
      @Nullable Long invalidRecordCount) {
    public static Report of(RunReport report) {
      RunReport.Failure failure = report.failure();
      RunReport.DataSummary data = report.data();
      return new Report(
          report,
          report.event().place(),
          failure == null ? null : failure.errorCode(),
          failure == null ? null : failure.message(),
          data == null ? null : data.examples(),
          data == null ? null : data.labels(),
          data == null ? null : data.invalidRecords(),
          data == null ? null : data.invalidRecordCount());
    }
  }

  /**
   * A run.
   *
   * @param state queued, running, paused, published, versioned, failed or cancelled
   * @param submission its task event, and where that stands
   * @param version that its diff became; absent before
   * @param report absent in lists, and until the run has ended
   */
  public record Run(
      String runId,
      String taskId,
      String state,
      @Nullable Submission submission,
      @Nullable Long version,
      @Nullable RunProgressed progress,
      @Nullable RunFailed failure,
      Instant started,
      Instant updated,
      @Nullable Report report) {
    public static Run of(RunView view, @Nullable RunReport report) {
      return new Run(
          view.runId(),
          view.taskId(),
          view.state(),
          view.submission(),
          view.version() == 0 ? null : view.version(),
          view.progress(),
          view.failure(),
          view.started(),
          view.updated(),
          report == null ? null : Report.of(report));
    }

    /** A run of which the topics no longer tell. */
    public static Run of(RunReport report) {
      return new Run(
          report.runId(),
          report.taskId(),
          report.outcome().text(),
          null,
          null,
          null,
          null,
          report.started(),
          report.finished(),
          Report.of(report));
    }
  }

  /** Every failure. */
  public record Failure(Reason error) {
    /** A code of the closed list, and what failed. */
    public record Reason(String code, String message) {}
  }
}

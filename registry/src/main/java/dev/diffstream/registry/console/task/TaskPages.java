package dev.diffstream.registry.console.task;

import dev.diffstream.registry.catalog.RegistrySnapshot;
import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import dev.diffstream.registry.console.Filter;
import dev.diffstream.registry.console.Pages;
import dev.diffstream.registry.console.VersionAliases;
import dev.diffstream.registry.console.Words;
import dev.diffstream.registry.console.run.RunRow;
import dev.diffstream.registry.console.run.Timeline;
import dev.diffstream.registry.fleet.GatewayWords.Word;
import dev.diffstream.registry.http.RegistryView;
import dev.diffstream.registry.runs.RunFilter;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Move;
import dev.diffstream.schemas.registry.Tombstone;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Hidden;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The list of tasks, and the page of one. */
@Hidden
@Controller("/console")
@ExecuteOn(TaskExecutors.BLOCKING)
final class TaskPages {
  private static final String PAGE = "tasks";
  private static final int ROWS = 50;
  private static final int MOVES = 20;
  private static final int RUNS = 20;

  private final RegistryView registry;
  private final StoredReports reports;
  private final Pages pages;

  TaskPages(RegistryView registry, Pages pages) {
    this.registry = registry;
    this.reports = new StoredReports(registry.store());
    this.pages = pages;
  }

  /** A task in the list. */
  record TaskRow(
      String taskId,
      @Nullable String objective,
      @Nullable Long champion,
      @Nullable Long canary,
      String score,
      @Nullable String owner,
      @Nullable String run,
      @Nullable String runState) {}

  /** A version of a task. */
  record VersionRow(
      long version,
      String aliases,
      boolean champion,
      boolean candidate,
      boolean deleted,
      List<String> metrics,
      String method,
      String precision,
      String density,
      String bytes,
      String digest,
      String runId,
      Instant created,
      String ago) {}

  /** A generation of a task's aliases. */
  record MoveRow(
      long generation,
      String created,
      String kind,
      String actor,
      @Nullable String reason,
      String champion,
      String previous,
      String canary) {}

  /** What a gateway says of the task. */
  record WordRow(
      String gatewayId,
      String state,
      boolean lags,
      long generation,
      long version,
      String ago,
      String kept,
      @Nullable String message) {}

  @Needs(Permission.VIEW)
  @Get(produces = MediaType.TEXT_HTML)
  HttpResponse<String> tasks(
      @QueryValue @Nullable String q,
      @QueryValue @Nullable String owner,
      @QueryValue @Nullable String after) {
    return pages.answer(
        "tasks",
        PAGE,
        () -> {
          RegistrySnapshot snapshot = registry.snapshot().get();
          List<TaskView> fitting =
              snapshot
                  .tasksAfter(after)
                  .filter(task -> q == null || task.taskId().contains(q))
                  .filter(task -> Filter.fits(owner, ownerOf(task)))
                  .limit(ROWS + 1)
                  .toList();
          List<TaskView> shown = fitting.stream().limit(ROWS).toList();
          Map<String, Object> values = new HashMap<>();
          values.put(
              "rows",
              shown.stream()
                  .map(task -> row(task, snapshot.runIndex().newestOf(task.taskId()).orElse(null)))
                  .toList());
          values.put("total", snapshot.tasks().size());
          values.put("waiting", snapshot.runIndex().count("queued"));
          values.put("q", Filter.shown(q));
          values.put("owner", Filter.shown(owner));
          if (fitting.size() > ROWS) {
            values.put("next", shown.getLast().taskId());
          }
          return values;
        });
  }

  private static @Nullable String ownerOf(TaskView task) {
    return task.versions().isEmpty() ? null : task.versions().getLast().owner();
  }

  private static TaskRow row(TaskView task, @Nullable RunView run) {
    AliasGeneration aliases = task.aliases();
    AliasTarget champion = aliases == null ? null : aliases.champion();
    AliasTarget canary = aliases == null ? null : aliases.aliases().get(AliasGeneration.CANARY);
    Optional<VersionRecord> served =
        champion == null ? Optional.empty() : task.version(champion.version());
    return new TaskRow(
        task.taskId(),
        task.versions().isEmpty() ? null : task.versions().getLast().objective(),
        champion == null ? null : (Long) champion.version(),
        canary == null ? null : (Long) canary.version(),
        served.map(version -> Words.metric("score", version.metrics())).orElse(""),
        ownerOf(task),
        run == null ? null : run.runId(),
        run == null ? null : run.state());
  }

  @Needs(Permission.VIEW)
  @Get(uri = "/tasks/{taskId}", produces = MediaType.TEXT_HTML)
  HttpResponse<String> task(
      @PathVariable String taskId, @Header(Pages.PART) @Nullable String part) {
    return part == null
        ? pages.answer("task", PAGE, () -> values(find(taskId)))
        : pages.answer("now", PAGE, () -> now(find(taskId)));
  }

  /** The line that is asked for again and again. */
  private Map<String, Object> now(TaskView task) {
    List<Word> words = registry.fleet().get().of(task.taskId());
    Optional<RunView> newest = registry.snapshot().get().runIndex().newestOf(task.taskId());
    return Map.of("task", task, "now", TaskNow.of(task, words, newest, Instant.now()));
  }

  private TaskView find(String taskId) {
    TaskView task = registry.snapshot().get().tasks().get(taskId);
    if (task == null) {
      throw new DiffstreamException(
          ErrorCode.TASK_UNKNOWN, "no version of task " + Bounded.value(taskId) + " yet");
    }
    return task;
  }

  private Map<String, Object> values(TaskView task) {
    Instant now = Instant.now();
    TaskId id = new TaskId(task.taskId());
    AliasGeneration aliases = task.aliases();
    List<Word> words = registry.fleet().get().of(task.taskId());
    List<RunView> runs =
        registry.snapshot().get().runIndex().page(RunFilter.ofTask(task.taskId()), null, RUNS);
    Map<String, Object> values = new HashMap<>();
    values.put("task", task);
    values.put("now", TaskNow.of(task, words, runs.stream().findFirst(), now));
    values.put("champion", aliases != null && aliases.champion() != null);
    values.put("candidate", aliases != null && aliases.candidate() != null);
    values.put(
        "previous", aliases != null && aliases.aliases().containsKey(AliasGeneration.PREVIOUS));
    Set<Long> deleted = new HashSet<>();
    registry.tombstones().of(id).stream().map(Tombstone::version).forEach(deleted::add);
    values.put(
        "versions",
        task.versions().reversed().stream()
            .map(version -> row(version, aliases, deleted.contains(version.version()), now))
            .toList());
    List<AliasGeneration> moves = registry.history().page(id, Long.MAX_VALUE, MOVES);
    values.put("moves", moves.stream().map(TaskPages::row).toList());
    values.put("steps", runs.isEmpty() ? List.of() : steps(runs.getFirst(), task, moves, words));
    values.put("gateways", words.stream().map(word -> row(word, aliases, now)).toList());
    values.put("runs", runs.stream().map(run -> RunRow.of(run, now)).toList());
    return values;
  }

  private List<Timeline.Step> steps(
      RunView newest, TaskView task, List<AliasGeneration> moves, List<Word> words) {
    return Timeline.of(newest, reports.attempts(newest.runId()), task, moves, words);
  }

  private static VersionRow row(
      VersionRecord version, @Nullable AliasGeneration generation, boolean deleted, Instant now) {
    VersionAliases aliases = VersionAliases.of(version.version(), generation);
    return new VersionRow(
        version.version(),
        aliases.text(),
        aliases.champion(),
        aliases.has(AliasGeneration.CANDIDATE),
        deleted,
        Words.metrics(version.metrics()),
        version.method(),
        version.precision(),
        Words.number(100 * version.density()) + " %",
        Words.bytes(version.bytes()),
        version.digest(),
        version.runId(),
        version.created(),
        Words.ago(version.created(), now));
  }

  private static MoveRow row(AliasGeneration generation) {
    Move move = generation.move();
    return new MoveRow(
        generation.generation(),
        Words.time(generation.created()),
        move == null ? "" : move.kind(),
        move == null ? "" : move.actor(),
        move == null ? null : move.reason(),
        Words.alias(generation.champion()),
        Words.alias(generation.aliases().get(AliasGeneration.PREVIOUS)),
        Words.alias(generation.aliases().get(AliasGeneration.CANARY)));
  }

  private static WordRow row(Word word, @Nullable AliasGeneration newest, Instant now) {
    return new WordRow(
        word.residency().gatewayId(),
        word.residency().state().text(),
        newest != null && word.residency().generation() < newest.generation(),
        word.residency().generation(),
        word.residency().version(),
        Words.ago(word.said(), now),
        kept(word.residency().certificate()),
        word.residency().errorCode() == null
            ? null
            : word.residency().errorCode()
                + ": "
                + Objects.toString(word.residency().message(), ""));
  }

  /** How many other tasks answered as before once the version served. */
  private static String kept(GatewayResidency.@Nullable Certificate certificate) {
    return certificate == null ? "" : certificate.equal() + " of " + certificate.tasks();
  }
}

package dev.diffstream.registry.console.run;

import dev.diffstream.registry.console.ActBuilder;
import dev.diffstream.registry.console.Actors;
import dev.diffstream.registry.console.ConfusionTable;
import dev.diffstream.registry.console.Fact;
import dev.diffstream.registry.console.Filter;
import dev.diffstream.registry.console.Form;
import dev.diffstream.registry.console.Links;
import dev.diffstream.registry.console.Pages;
import dev.diffstream.registry.console.Words;
import dev.diffstream.registry.http.RegistryView;
import dev.diffstream.registry.runs.RunCursor;
import dev.diffstream.registry.runs.RunFilter;
import dev.diffstream.registry.runs.RunIndex;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.registry.runs.Submission;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.run.RunControl;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Hidden;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The list of runs, the page of one, and what can be asked of it. */
@Hidden
@Controller("/console/runs")
@ExecuteOn(TaskExecutors.BLOCKING)
final class RunPages {
  private static final String PAGE = "runs";
  private static final int ROWS = 100;

  /** Of the newest ones of a task, in a timeline. */
  private static final int GENERATIONS = 50;

  private static final List<String> STATES =
      List.of("queued", "running", "paused", "published", "versioned", "failed", "cancelled");

  private final RegistryView registry;
  private final Pages pages;

  RunPages(RegistryView registry, Pages pages) {
    this.registry = registry;
    this.pages = pages;
  }

  /** How many runs are in a state. */
  record Count(String state, long runs) {}

  @Needs(Permission.VIEW)
  @Get(produces = MediaType.TEXT_HTML)
  HttpResponse<String> runs(
      @QueryValue @Nullable String state,
      @QueryValue @Nullable String task,
      @QueryValue @Nullable String owner,
      @QueryValue @Nullable String after,
      HttpRequest<?> request) {
    return pages.answer(
        "runs",
        PAGE,
        () -> {
          Instant now = Instant.now();
          Map<String, Object> values = new HashMap<>();
          RunFilter filter = new RunFilter(task, state, owner);
          RunCursor from = after == null || after.isEmpty() ? null : RunCursor.parse(after);
          List<RunView> fitting = runs().page(filter, from, ROWS + 1);
          List<RunView> shown = fitting.stream().limit(ROWS).toList();
          values.put("runs", shown.stream().map(run -> RunRow.of(run, now)).toList());
          if (fitting.size() > ROWS) {
            values.put("next", RunCursor.of(shown.getLast()).text());
          }
          values.put("counts", counts());
          values.put("states", STATES);
          values.put("state", Filter.shown(state));
          values.put("task", Filter.shown(task));
          values.put("owner", Filter.shown(owner));
          values.put("self", request.getUri().toString());
          return values;
        });
  }

  private RunIndex runs() {
    return registry.snapshot().get().runIndex();
  }

  private List<Count> counts() {
    RunIndex runs = runs();
    return STATES.stream().map(state -> new Count(state, runs.count(state))).toList();
  }

  @Needs(Permission.VIEW)
  @Get(uri = "/{runId}", produces = MediaType.TEXT_HTML)
  HttpResponse<String> run(@PathVariable String runId, @Header(Pages.PART) @Nullable String part) {
    return part == null
        ? pages.answer("run", PAGE, () -> values(find(runId)))
        : pages.answer("live", PAGE, () -> live(find(runId)));
  }

  private RunView find(String runId) {
    return runs()
        .find(runId)
        .orElseThrow(
            () ->
                new DiffstreamException(ErrorCode.TASK_UNKNOWN, "no run " + Bounded.value(runId)));
  }

  /** The part of the page that is asked for again and again. */
  private static Map<String, Object> live(RunView run) {
    Map<String, Object> values = new HashMap<>();
    values.put("run", RunRow.of(run, Instant.now()));
    boolean live = !run.hasEnded() && run.published() == null;
    values.put("live", live);
    if (run.progress() != null && live) {
      values.put("percent", Math.round(100 * run.progress().share()));
      values.put("left", RunRow.left(run.progress()));
    }
    if (run.version() == 0 && run.failure() != null) {
      values.put(
          "error",
          Map.of("code", run.failure().errorCode().name(), "message", run.failure().message()));
    }
    return values;
  }

  private Map<String, Object> values(RunView run) {
    Map<String, Object> values = live(run);
    StoredReports.Attempts attempts = new StoredReports(registry.store()).attempts(run.runId());
    Optional<RunReport> report =
        attempts.published().or(attempts::last).map(StoredReports.StoredReport::report);
    values.put("facts", facts(run, report, attempts.begun()));
    values.put("steps", steps(run, attempts));
    report.ifPresent(known -> addReport(known, values));
    return values;
  }

  private List<Timeline.Step> steps(RunView run, StoredReports.Attempts attempts) {
    List<AliasGeneration> generations =
        TaskId.isValid(run.taskId())
            ? registry.history().page(new TaskId(run.taskId()), Long.MAX_VALUE, GENERATIONS)
            : List.of();
    return Timeline.of(
        run,
        attempts,
        registry.snapshot().get().tasks().get(run.taskId()),
        generations,
        registry.fleet().get().of(run.taskId()));
  }

  private static void addReport(RunReport report, Map<String, Object> values) {
    values.put("metrics", Words.metrics(report.metrics()));
    ConfusionTable.of(report).ifPresent(table -> values.put("confusion", table));
    values.put("warnings", report.warnings());
    values.put(
        "settings",
        report.settings() == null
            ? List.of()
            : List.copyOf(new TreeMap<>(report.settings()).entrySet()));
    if (report.data() != null && report.data().invalidRecords() != null) {
      values.put("invalid", report.data().invalidRecords());
    }
    if (report.failure() != null && report.failure().stackTrace() != null) {
      values.put("stackTrace", report.failure().stackTrace());
    }
  }

  private static List<Fact> facts(RunView run, Optional<RunReport> report, long attempts) {
    List<Fact> facts = new ArrayList<>();
    facts.add(new Fact("task", run.taskId(), "/console/tasks/" + run.taskId()));
    Submission event = run.submission();
    if (event != null) {
      facts.add(new Fact("stands at", event.place(), null));
      facts.add(new Fact("sent", Words.time(event.submitted()), null));
      facts.add(new Fact("owner", event.owner() == null ? "not said" : event.owner(), null));
      facts.add(new Fact("priority", Integer.toString(event.priority()), null));
      facts.add(new Fact("base", event.base() == null ? "the default" : event.base(), null));
      new TreeMap<>(event.labels())
          .forEach((name, value) -> facts.add(new Fact("label " + name, value, null)));
    }
    facts.add(new Fact("attempts", Long.toString(attempts), null));
    report
        .map(RunReport::data)
        .ifPresent(
            data -> {
              if (data.examples() != null) {
                facts.add(new Fact("examples", new TreeMap<>(data.examples()).toString(), null));
              }
              if (data.labels() != null) {
                facts.add(new Fact("labels", String.join(", ", data.labels()), null));
              }
              if (data.digest() != null) {
                facts.add(new Fact("data digest", data.digest(), null));
              }
            });
    if (run.published() != null) {
      facts.add(new Fact("diff", run.published().digest(), null));
    }
    return facts;
  }

  @Needs(Permission.SUBMIT)
  @Get(uri = "/{runId}/ask", produces = MediaType.TEXT_HTML)
  HttpResponse<String> preview(
      @PathVariable String runId, @QueryValue String action, HttpRequest<?> request) {
    return pages.answer(
        "act",
        PAGE,
        () -> {
          pages.checkMayChange();
          RunView run = find(runId);
          return ActBuilder.builder()
              .title(title(action) + " run " + run.runId())
              .button(title(action))
              .effect(effect(action))
              .changes(List.of())
              .command("diffstream " + action + " " + run.runId())
              .action("/console/runs/" + run.runId() + "/ask")
              .hidden(Map.of("action", action, "requestId", UUID.randomUUID().toString()))
              .back("/console/runs/" + run.runId())
              .actor(Actors.remembered(request))
              .build()
              .values();
        });
  }

  @Needs(Permission.SUBMIT)
  @Post(
      uri = "/{runId}/ask",
      consumes = MediaType.APPLICATION_FORM_URLENCODED,
      produces = MediaType.TEXT_HTML)
  HttpResponse<?> ask(@PathVariable String runId, @Body @Nullable String body) {
    Form form = Form.of(body);
    return pages.change(
        PAGE,
        form,
        () -> {
          String action = form.required("action");
          title(action);
          registry
              .requests()
              .ask(
                  runId,
                  action,
                  form.actor().text(),
                  form.required("requestId"),
                  form.text("reason"));
          return Links.run(runId);
        });
  }

  private static String title(String action) {
    return switch (action) {
      case RunControl.CANCEL -> "Cancel";
      case RunControl.PAUSE -> "Pause";
      case RunControl.RESUME -> "Resume";
      default ->
          throw new DiffstreamException(
              ErrorCode.INVALID_REQUEST,
              "the action must be cancel, pause or resume, got: " + Bounded.value(action));
    };
  }

  private static String effect(String action) {
    return switch (action) {
      case RunControl.CANCEL ->
          "A worker leaves the run at its next step; what it learned is dropped. The event becomes a dead letter, which can be sent once more.";
      case RunControl.PAUSE ->
          "A worker keeps what it has learned and leaves the run at its next step. A queued run is held back.";
      default -> "The run goes on where it was when its turn comes, on any worker of its base.";
    };
  }
}

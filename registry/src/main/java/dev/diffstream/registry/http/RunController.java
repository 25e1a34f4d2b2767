package dev.diffstream.registry.http;

import dev.diffstream.registry.runs.ProgressHistory;
import dev.diffstream.registry.runs.RunCursor;
import dev.diffstream.registry.runs.RunFilter;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.run.RunControl;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import dev.diffstream.service.http.ActorHeader;
import dev.diffstream.service.http.RequestActor;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
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
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Runs: their latest word from the topics, joined with their reports from the bucket. */
@Controller("/v1/runs")
final class RunController {
  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_LIMIT = 1_000;
  private static final Pattern RUN_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  private final RegistryView registry;

  RunController(RegistryView registry) {
    this.registry = registry;
  }

  @ActorHeader
  @Operation(
      summary = "Runs, newest first.",
      description =
          "Of one task, of one owner, in one state: queued, running, paused, published, versioned, failed or cancelled. Of those that have ended, the ones that spoke last are listed. \"after\" is the \"next\" of the page before.")
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = ResponseBodies.Runs.class)))
  @Needs(Permission.VIEW)
  @Get(produces = MediaType.APPLICATION_JSON)
  byte[] runs(
      @QueryValue @Nullable String task,
      @QueryValue @Nullable String state,
      @QueryValue @Nullable String owner,
      @QueryValue @Nullable String after,
      @QueryValue @Nullable String limit) {
    RunCursor from = after == null ? null : RunCursor.parse(after);
    int most = (int) WholeNumber.parse("limit", limit, DEFAULT_LIMIT, 1, MAX_LIMIT);
    List<RunView> found =
        registry
            .snapshot()
            .get()
            .runIndex()
            .page(new RunFilter(task, state, owner), from, most + 1);
    return Json.write(ResponseBodies.Runs.of(found, most));
  }

  @ActorHeader
  @Operation(summary = "A run: state, latest progress and, once it has ended, its report.")
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = ResponseBodies.Run.class)))
  @ExecuteOn(TaskExecutors.BLOCKING)
  @Needs(Permission.VIEW)
  @Get(uri = "/{runId}", produces = MediaType.APPLICATION_JSON)
  byte[] run(@PathVariable String runId) {
    Optional<RunReport> report = telling(runId);
    Optional<RunView> view = registry.snapshot().get().run(runId);
    if (view.isPresent()) {
      return Json.write(ResponseBodies.Run.of(view.get(), report.orElse(null)));
    }
    return Json.write(ResponseBodies.Run.of(report.orElseThrow(() -> unknown(runId))));
  }

  @ActorHeader
  @Operation(summary = "The report of a run's last attempt that has ended.")
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = ResponseBodies.Report.class)))
  @ExecuteOn(TaskExecutors.BLOCKING)
  @Needs(Permission.VIEW)
  @Get(uri = "/{runId}/report", produces = MediaType.APPLICATION_JSON)
  byte[] report(@PathVariable String runId) {
    return Json.write(ResponseBodies.Report.of(telling(runId).orElseThrow(() -> unknown(runId))));
  }

  /** How a run went, in order. */
  record Progress(String runId, List<ProgressHistory.Point> points) {}

  @ActorHeader
  @Operation(
      summary = "How a run went: at most a few hundred moments.",
      description = "Of the runs that spoke last; empty for others.")
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = Progress.class)))
  @Needs(Permission.VIEW)
  @Get(uri = "/{runId}/progress", produces = MediaType.APPLICATION_JSON)
  byte[] progress(@PathVariable String runId) {
    return Json.write(new Progress(runId, registry.progress().get().of(runId)));
  }

  @ActorHeader
  @Operation(
      summary = "Cancels, pauses or resumes a run.",
      description =
          "The action is cancel, pause or resume. A worker hears of it within seconds, between two steps. A paused run keeps what it has learned; resumed, it goes on bit for bit, on any worker of its base. Repeated with its Idempotency-Key, a request is answered as before.")
  @RequestBody(content = @Content(schema = @Schema(implementation = ReasonBody.class)))
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = RunControl.class)))
  @ExecuteOn(TaskExecutors.BLOCKING)
  @Needs(Permission.SUBMIT)
  @Post(
      uri = "/{runId}/{action:cancel|pause|resume}",
      produces = MediaType.APPLICATION_JSON,
      consumes = MediaType.ALL)
  byte[] ask(
      @PathVariable String runId,
      @PathVariable String action,
      HttpRequest<?> http,
      @Nullable @Header(RequestId.HEADER) String requestId,
      @Body @Nullable byte[] body) {
    ReasonBody reason =
        body == null || body.length == 0
            ? new ReasonBody(null)
            : RequestBodies.read(body, ReasonBody.class);
    return Json.write(
        registry
            .requests()
            .ask(
                runId,
                action,
                RequestActor.of(http).text(),
                RequestId.of(requestId),
                reason.reason()));
  }

  /** The report of the attempt that published, or of the last one that ended. */
  private Optional<RunReport> telling(String runId) {
    if (!RUN_ID.matcher(runId).matches()) {
      throw unknown(runId);
    }
    StoredReports.Attempts attempts = new StoredReports(registry.store()).attempts(runId);
    return attempts.published().or(attempts::last).map(StoredReports.StoredReport::report);
  }

  private static DiffstreamException unknown(String runId) {
    return new DiffstreamException(ErrorCode.TASK_UNKNOWN, "no report of a run " + runId);
  }
}

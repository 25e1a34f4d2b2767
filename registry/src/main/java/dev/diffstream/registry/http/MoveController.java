package dev.diffstream.registry.http;

import dev.diffstream.registry.move.MoveRequest;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasGeneration;
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
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;

/** Moves of a task's aliases, and their history. */
@Controller("/v1/tasks/{taskId}/moves")
@ExecuteOn(TaskExecutors.BLOCKING)
final class MoveController {
  private static final int DEFAULT_LIMIT = 20;
  private static final int MAX_LIMIT = 100;

  private final RegistryView registry;

  MoveController(RegistryView registry) {
    this.registry = registry;
  }

  @ActorHeader
  @Operation(
      summary = "Moves the aliases of a task: promote, canary, roll-back or withdraw.",
      description =
          "The move is the generation after the one that the caller saw; where another came first, the answer is 412 STALE_GENERATION. Repeated with its Idempotency-Key, it is answered by the generation that it made. Gateways hear of it within a second. With dryRun=true it is told what the move would make, and nothing is moved.")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = MoveBody.class)))
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = AliasGeneration.class)))
  @Needs(Permission.OPERATE)
  @Post(produces = MediaType.APPLICATION_JSON, consumes = MediaType.ALL)
  byte[] move(
      @PathVariable String taskId,
      HttpRequest<?> http,
      @Nullable @Header(RequestId.HEADER) String requestId,
      @QueryValue @Nullable String dryRun,
      @Body @Nullable byte[] body) {
    MoveBody asked = RequestBodies.read(body, MoveBody.class);
    MoveRequest request =
        new MoveRequest(
            asked.kind(),
            asked.version(),
            asked.weight(),
            asked.generation(),
            RequestId.of(requestId),
            RequestActor.of(http).text(),
            asked.reason());
    TaskId task = task(taskId);
    if (RequestBodies.isTrue("dryRun", dryRun)) {
      return Json.write(registry.moves().preview(task, request));
    }
    try {
      AliasGeneration made = registry.moves().move(task, request);
      registry.moved().accept(made);
      return Json.write(made);
    } catch (DiffstreamException e) {
      if (e.code() == ErrorCode.STALE_GENERATION) {
        registry.overtaken().accept(task);
      }
      throw e;
    }
  }

  @ActorHeader
  @Operation(
      summary = "The alias generations of a task, newest first: what served when, moved by whom.",
      description =
          "With \"at\", the one that was in force then. \"before\" is a generation: the page ends above it.")
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = ResponseBodies.Moves.class)))
  @Needs(Permission.VIEW)
  @Get(produces = MediaType.APPLICATION_JSON)
  byte[] moves(
      @PathVariable String taskId,
      @QueryValue @Nullable String at,
      @QueryValue @Nullable String before,
      @QueryValue @Nullable String limit) {
    TaskId task = task(taskId);
    List<AliasGeneration> page =
        at == null
            ? registry
                .history()
                .page(
                    task,
                    WholeNumber.parse("before", before, Long.MAX_VALUE, 1, Long.MAX_VALUE),
                    (int) WholeNumber.parse("limit", limit, DEFAULT_LIMIT, 1, MAX_LIMIT))
            : registry.history().at(task, instant(at)).stream().toList();
    if (page.isEmpty() && at == null && before == null) {
      throw unknown(taskId);
    }
    return Json.write(ResponseBodies.Moves.of(taskId, page));
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "at must be a time such as 2026-01-31T12:00:00Z, got: " + Bounded.value(text),
          e);
    }
  }

  private static TaskId task(String id) {
    if (!TaskId.isValid(id)) {
      throw unknown(id);
    }
    return new TaskId(id);
  }

  private static DiffstreamException unknown(String task) {
    return new DiffstreamException(
        ErrorCode.TASK_UNKNOWN, "no aliases of task " + Bounded.value(task));
  }
}

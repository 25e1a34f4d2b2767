package dev.diffstream.registry.correction;

import dev.diffstream.registry.http.RequestBodies;
import dev.diffstream.registry.http.RequestId;
import dev.diffstream.registry.http.TaskPath;
import dev.diffstream.registry.http.WholeNumber;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.correction.Correction;
import dev.diffstream.schemas.json.Json;
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

/** Right labels of texts, as people say them. */
@Controller("/v1/tasks/{taskId}/corrections")
@ExecuteOn(TaskExecutors.BLOCKING)
final class CorrectionController {
  private static final int DEFAULT_LIMIT = 20;
  private static final int MAX_LIMIT = 1_000;

  private final Corrections corrections;

  CorrectionController(Corrections corrections) {
    this.corrections = corrections;
  }

  /**
   * Corrections of a task, newest first.
   *
   * @param next the page after this one ends with {@code before} this number; absent: none follows
   */
  record Page(String taskId, List<Correction> corrections, @Nullable Long next) {
    static Page of(String taskId, List<Correction> corrections) {
      long lowest = corrections.isEmpty() ? 1 : corrections.getLast().number();
      return new Page(taskId, corrections, lowest > 1 ? (Long) lowest : null);
    }
  }

  @ActorHeader
  @Operation(
      summary = "Adds a correction: a text with its right label.",
      description =
          "It becomes a numbered row of the task's own data, and is learned from when the task is learned again: by its rule, or by hand. Repeated with its Idempotency-Key, it is answered as before.")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = CorrectionBody.class)))
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = Correction.class)))
  @Needs(Permission.SUBMIT)
  @Post(consumes = MediaType.ALL, produces = MediaType.APPLICATION_JSON)
  byte[] add(
      @PathVariable String taskId,
      HttpRequest<?> http,
      @Nullable @Header(RequestId.HEADER) String requestId,
      @Body @Nullable byte[] body) {
    TaskId task = TaskPath.task(taskId);
    CorrectionBody correction = RequestBodies.read(body, CorrectionBody.class);
    return Json.write(corrections.add(task, correction, RequestActor.of(http), requestId));
  }

  @ActorHeader
  @Operation(
      summary = "The corrections of a task, newest first.",
      description = "\"before\" is a number: the page ends above it.")
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = Page.class)))
  @Needs(Permission.VIEW)
  @Get(produces = MediaType.APPLICATION_JSON)
  byte[] corrections(
      @PathVariable String taskId,
      @QueryValue @Nullable String before,
      @QueryValue @Nullable String limit) {
    TaskId task = TaskPath.task(taskId);
    return Json.write(
        Page.of(
            taskId,
            corrections
                .log()
                .page(
                    task,
                    WholeNumber.parse("before", before, Long.MAX_VALUE, 1, Long.MAX_VALUE),
                    (int) WholeNumber.parse("limit", limit, DEFAULT_LIMIT, 1, MAX_LIMIT))));
  }
}

package dev.diffstream.registry.retraining;

import dev.diffstream.registry.http.TaskPath;
import dev.diffstream.registry.http.WholeNumber;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import dev.diffstream.service.http.ActorHeader;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import java.util.List;

/** What rules have led to. */
@Controller("/v1/tasks/{taskId}/retrainings")
@ExecuteOn(TaskExecutors.BLOCKING)
final class RetrainingController {
  private static final int DEFAULT_LIMIT = 20;
  private static final int MAX_LIMIT = 100;

  private final RuleRequests requests;

  RetrainingController(RuleRequests requests) {
    this.requests = requests;
  }

  /**
   * Retrainings of a task, newest first.
   *
   * @param next the page after this one ends with {@code before} this number; absent: none follows
   */
  record Page(String taskId, List<RuleRequests.Outcome> retrainings, @Nullable Long next) {
    static Page of(String taskId, List<RuleRequests.Outcome> page) {
      long lowest = page.isEmpty() ? 1 : page.getLast().retraining().number();
      return new Page(taskId, page, lowest > 1 ? (Long) lowest : null);
    }
  }

  @ActorHeader
  @Operation(
      summary = "The retrainings of a task, newest first: why each was, and what became of it.",
      description = "\"before\" is a number: the page ends above it.")
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = Page.class)))
  @Needs(Permission.VIEW)
  @Get(produces = MediaType.APPLICATION_JSON)
  byte[] retrainings(
      @PathVariable String taskId,
      @QueryValue @Nullable String before,
      @QueryValue @Nullable String limit) {
    return Json.write(
        Page.of(
            taskId,
            requests.outcomes(
                TaskPath.task(taskId),
                WholeNumber.parse("before", before, Long.MAX_VALUE, 1, Long.MAX_VALUE),
                (int) WholeNumber.parse("limit", limit, DEFAULT_LIMIT, 1, MAX_LIMIT))));
  }
}

package dev.diffstream.registry.retraining;

import dev.diffstream.registry.http.RequestBodies;
import dev.diffstream.registry.http.RequestId;
import dev.diffstream.registry.http.TaskPath;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.correction.RetrainingRule;
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
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Put;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import java.util.List;

/** The rules by which tasks are learned again by themselves. */
@Controller("/v1/tasks/{taskId}/rules")
@ExecuteOn(TaskExecutors.BLOCKING)
final class RuleController {
  private final RuleRequests requests;

  RuleController(RuleRequests requests) {
    this.requests = requests;
  }

  /**
   * @param rule that counts; absent: none does
   * @param history every rule that there was, newest first
   */
  record Rules(String taskId, @Nullable RetrainingRule rule, List<RetrainingRule> history) {
    static Rules of(TaskId task, List<RetrainingRule> history) {
      RetrainingRule newest = history.isEmpty() ? null : history.getFirst();
      return new Rules(task.value(), newest == null || !newest.counts() ? null : newest, history);
    }
  }

  @ActorHeader
  @Operation(summary = "The rule of a task, and those before it.")
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = Rules.class)))
  @Needs(Permission.VIEW)
  @Get(produces = MediaType.APPLICATION_JSON)
  byte[] rules(@PathVariable String taskId) {
    TaskId task = TaskPath.task(taskId);
    return Json.write(Rules.of(task, requests.history(task)));
  }

  @ActorHeader
  @Operation(
      summary = "Sets the rule of a task.",
      description =
          "The task is learned again when one of its conditions is met and no limit holds that back. Repeated with its Idempotency-Key, it is answered as before. With dryRun=true it is told what the rule would say now, and nothing is written.")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = RuleBody.class)))
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = RetrainingRule.class)))
  @Needs(Permission.OPERATE)
  @Put(consumes = MediaType.ALL, produces = MediaType.APPLICATION_JSON)
  byte[] put(
      @PathVariable String taskId,
      HttpRequest<?> http,
      @Nullable @Header(RequestId.HEADER) String requestId,
      @QueryValue @Nullable String dryRun,
      @Body @Nullable byte[] body) {
    TaskId task = TaskPath.task(taskId);
    RuleBody rule = RequestBodies.read(body, RuleBody.class);
    if (RequestBodies.isTrue("dryRun", dryRun)) {
      return Json.write(requests.preview(task, rule, RequestActor.of(http)));
    }
    return Json.write(requests.put(task, rule, RequestActor.of(http), requestId));
  }

  @ActorHeader
  @Operation(summary = "Takes the rule of a task away.")
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = RetrainingRule.class)))
  @Needs(Permission.OPERATE)
  @Delete(produces = MediaType.APPLICATION_JSON)
  byte[] remove(
      @PathVariable String taskId,
      HttpRequest<?> http,
      @Nullable @Header(RequestId.HEADER) String requestId,
      @QueryValue @Nullable String reason) {
    return Json.write(
        requests.remove(TaskPath.task(taskId), RequestActor.of(http), requestId, reason));
  }

  @ActorHeader
  @Operation(
      summary = "What the rule of a task says now.",
      description =
          "Each condition with what was found, each limit that may hold a retraining back, and the task event that it would send.")
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = RuleEvaluation.class)))
  @Needs(Permission.VIEW)
  @Get(uri = "/evaluation", produces = MediaType.APPLICATION_JSON)
  byte[] evaluation(@PathVariable String taskId) {
    return Json.write(requests.evaluate(TaskPath.task(taskId)));
  }
}

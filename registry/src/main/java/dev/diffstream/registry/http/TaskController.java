package dev.diffstream.registry.http;

import dev.diffstream.registry.catalog.RegistrySnapshot.TaskView;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.Tombstone;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import dev.diffstream.service.http.ActorHeader;
import dev.diffstream.service.http.RequestActor;
import dev.diffstream.service.http.RequestPrincipal;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import java.util.List;

/** Tasks and their versions, from the newest snapshot. */
@Controller("/v1/tasks")
final class TaskController {
  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_LIMIT = 1_000;

  private final RegistryView registry;
  private final KnownVersions known;

  TaskController(RegistryView registry) {
    this.registry = registry;
    this.known = new KnownVersions(registry);
  }

  @ActorHeader
  @Operation(
      summary = "Tasks that have a version, by id.",
      description = "\"q\" stands in their ids; \"after\" is the \"next\" of the page before.")
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = ResponseBodies.Tasks.class)))
  @Needs(Permission.VIEW)
  @Get(produces = MediaType.APPLICATION_JSON)
  byte[] tasks(
      @QueryValue @Nullable String q,
      @QueryValue @Nullable String after,
      @QueryValue @Nullable String limit) {
    int most = (int) WholeNumber.parse("limit", limit, DEFAULT_LIMIT, 1, MAX_LIMIT);
    List<TaskView> found =
        registry
            .snapshot()
            .get()
            .tasksAfter(after)
            .filter(task -> q == null || task.taskId().contains(q))
            .limit(most + 1L)
            .toList();
    return Json.write(ResponseBodies.Tasks.of(found, most));
  }

  @ActorHeader
  @Operation(summary = "One task: its aliases and its champion.")
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = ResponseBodies.Task.class)))
  @Needs(Permission.VIEW)
  @Get(uri = "/{taskId}", produces = MediaType.APPLICATION_JSON)
  byte[] task(@PathVariable String taskId) {
    return Json.write(ResponseBodies.Task.of(known.task(taskId)));
  }

  @ActorHeader
  @Operation(summary = "The versions of a task, newest first.")
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = ResponseBodies.Versions.class)))
  @ExecuteOn(TaskExecutors.BLOCKING)
  @Needs(Permission.VIEW)
  @Get(uri = "/{taskId}/versions", produces = MediaType.APPLICATION_JSON)
  byte[] versions(@PathVariable String taskId) {
    TaskView task = known.task(taskId);
    return Json.write(
        new ResponseBodies.Versions(
            taskId,
            task.versions().reversed(),
            registry.tombstones().of(new TaskId(task.taskId()))));
  }

  @ActorHeader
  @Operation(
      summary = "Deletes a version that no alias names.",
      description =
          "Its number is never given again, and it can be promoted no more. The bytes of its diff are removed some time later, once no gateway and no other version uses them.")
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = Tombstone.class)))
  @ExecuteOn(TaskExecutors.BLOCKING)
  @Needs(Permission.OPERATE)
  @Delete(uri = "/{taskId}/versions/{number}", produces = MediaType.APPLICATION_JSON)
  byte[] delete(
      @PathVariable String taskId,
      @PathVariable String number,
      HttpRequest<?> http,
      @Nullable @Header(RequestId.HEADER) String requestId,
      @QueryValue @Nullable String reason) {
    long version = known.version(taskId, number).version();
    return Json.write(
        registry
            .deletion()
            .delete(new TaskId(taskId), version, RequestActor.of(http).text(), requestId, reason));
  }

  @ActorHeader
  @Operation(summary = "One version of a task.")
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = VersionRecord.class)))
  @Needs(Permission.VIEW)
  @Get(uri = "/{taskId}/versions/{number}", produces = MediaType.APPLICATION_JSON)
  byte[] version(@PathVariable String taskId, @PathVariable String number) {
    return Json.write(known.version(taskId, number));
  }

  @ActorHeader
  @Operation(
      summary = "What each gateway says of a task, and whether all serve its newest generation.")
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = FleetBodies.TaskGateways.class)))
  @Needs(Permission.VIEW)
  @Get(uri = "/{taskId}/gateways", produces = MediaType.APPLICATION_JSON)
  byte[] gateways(HttpRequest<?> http, @PathVariable String taskId) {
    AliasGeneration newest = known.task(taskId).aliases();
    if (newest == null) {
      throw new DiffstreamException(ErrorCode.TASK_UNKNOWN, "no aliases of task " + taskId);
    }
    boolean all = RequestPrincipal.of(http).seesAllTasks();
    return Json.write(
        FleetBodies.TaskGateways.of(
            newest,
            registry.fleet().get().of(taskId),
            other -> all || registry.snapshot().get().tasks().containsKey(other)));
  }
}

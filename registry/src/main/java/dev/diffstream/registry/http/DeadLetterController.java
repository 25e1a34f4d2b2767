package dev.diffstream.registry.http;

import dev.diffstream.registry.deadletter.DeadLetter;
import dev.diffstream.registry.deadletter.DeadLetterArchive.Replay;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import dev.diffstream.service.http.ActorHeader;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
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

/** Task events that failed. */
@Controller("/v1/dead-letters")
@ExecuteOn(TaskExecutors.BLOCKING)
final class DeadLetterController {
  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_LIMIT = 10_000;

  private final RegistryView registry;

  DeadLetterController(RegistryView registry) {
    this.registry = registry;
  }

  /** Newest first. */
  record DeadLetters(List<DeadLetter> deadLetters) {}

  /** What became of each letter. */
  record Replays(List<Replay> replays) {}

  @ActorHeader
  @Operation(summary = "Task events that failed, newest first.")
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = DeadLetters.class)))
  @Needs(Permission.VIEW)
  @Get(produces = MediaType.APPLICATION_JSON)
  byte[] deadLetters(
      @QueryValue @Nullable String task,
      @QueryValue @Nullable String run,
      @QueryValue @Nullable String errorCode,
      @QueryValue @Nullable String limit) {
    LetterSelection selection = new LetterSelection(null, task, run, errorCode);
    int most = (int) WholeNumber.parse("limit", limit, DEFAULT_LIMIT, 1, MAX_LIMIT);
    return Json.write(new DeadLetters(registry.deadLetters().newest(selection::takes, most)));
  }

  @ActorHeader
  @Operation(
      summary = "Sends task events that failed once more.",
      description =
          "By the places of their letters, or by task, run or error code. Each keeps its name, and so its run. With dryRun=true it is told what would be sent, and nothing is sent.")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = LetterSelection.class)))
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = Replays.class)))
  @Needs(Permission.OPERATE)
  @Post(uri = "/replay", produces = MediaType.APPLICATION_JSON, consumes = MediaType.ALL)
  byte[] replay(@QueryValue @Nullable String dryRun, @Body @Nullable byte[] body) {
    LetterSelection selection = RequestBodies.read(body, LetterSelection.class);
    if (selection.isEmpty()) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST, "expected one of places, task, run and errorCode");
    }
    return Json.write(
        new Replays(
            registry
                .deadLetters()
                .replay(selection::takes, RequestBodies.isTrue("dryRun", dryRun))));
  }
}

package dev.diffstream.registry.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.registry.submission.CallerTrace;
import dev.diffstream.registry.submission.FormParts;
import dev.diffstream.registry.submission.TaskSubmissions;
import dev.diffstream.registry.submission.TaskSubmissions.Draft;
import dev.diffstream.registry.submission.TaskSubmissions.Submitted;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import dev.diffstream.service.http.ActorHeader;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;

/** Task events from callers who have no Kafka client. */
@Controller("/v1/tasks")
@ExecuteOn(TaskExecutors.BLOCKING)
final class SubmissionController {
  private final TaskSubmissions submissions;

  SubmissionController(TaskSubmissions submissions) {
    this.submissions = submissions;
  }

  @ActorHeader
  @Operation(
      summary = "Sends a task event.",
      description =
          "The body is the event's data, as its JSON Schema says; its files stand in the bucket. Repeated with its Idempotency-Key, it is answered as before and sent once.")
  @ApiResponse(
      responseCode = "202",
      content = @Content(schema = @Schema(implementation = Submitted.class)))
  @Needs(Permission.SUBMIT)
  @Post(
      consumes = {
        MediaType.APPLICATION_JSON,
        MediaType.APPLICATION_FORM_URLENCODED, // what curl says
        MediaType.TEXT_PLAIN
      },
      produces = MediaType.APPLICATION_JSON)
  HttpResponse<byte[]> submit(
      HttpHeaders headers,
      @Nullable @Header(RequestId.HEADER) String requestId,
      @Body @Nullable byte[] body) {
    return accepted(
        Draft.of(
            read(body == null ? new byte[0] : body),
            Map.of(),
            RequestId.of(requestId),
            CallerTrace.of(headers)));
  }

  /** The parts of a form. */
  @Schema(name = "TaskForm")
  record TaskForm(
      String task,
      @Schema(format = "binary") String train,
      @Schema(format = "binary") @Nullable String dev,
      @Schema(format = "binary") @Nullable String test) {}

  @ActorHeader
  @Operation(
      summary = "Sends a task event with its files.",
      description =
          "The part task is the event's data without files, train the file to learn from; dev and test may be given too.")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.MULTIPART_FORM_DATA,
              schema = @Schema(implementation = TaskForm.class)))
  @ApiResponse(
      responseCode = "202",
      content = @Content(schema = @Schema(implementation = Submitted.class)))
  @Needs(Permission.SUBMIT)
  @Post(consumes = MediaType.MULTIPART_FORM_DATA, produces = MediaType.APPLICATION_JSON)
  HttpResponse<byte[]> submitFiles(
      HttpHeaders headers,
      @Nullable @Header(RequestId.HEADER) String requestId,
      @Header(HttpHeaders.CONTENT_TYPE) String type,
      @Body InputStream body) {
    try (FormParts form =
        FormParts.of(type, body, Set.of("task"), Set.of("train", "dev", "test"))) {
      form.requiredFile("train");
      String task =
          form.text("task")
              .orElseThrow(
                  () ->
                      new DiffstreamException(
                          ErrorCode.INVALID_REQUEST, "the form lacks the part task"));
      return accepted(
          Draft.of(
              read(task.getBytes(StandardCharsets.UTF_8)),
              form.files(),
              RequestId.of(requestId),
              CallerTrace.of(headers)));
    }
  }

  private HttpResponse<byte[]> accepted(Draft draft) {
    return HttpResponse.accepted().body(Json.write(submissions.submit(draft)));
  }

  private static ObjectNode read(byte[] body) {
    JsonNode event;
    try {
      event = Json.parse(body, "the task");
    } catch (DiffstreamException e) {
      throw new DiffstreamException(ErrorCode.INVALID_REQUEST, e.reason(), e);
    }
    if (event instanceof ObjectNode object) {
      return object;
    }
    throw new DiffstreamException(ErrorCode.INVALID_REQUEST, "the task is no JSON object");
  }
}

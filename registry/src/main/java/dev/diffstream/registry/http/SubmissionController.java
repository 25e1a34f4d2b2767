package dev.diffstream.registry.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.registry.submission.CallerTrace;
import dev.diffstream.registry.submission.TaskSubmissions;
import dev.diffstream.registry.submission.TaskSubmissions.Submitted;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.service.http.ActorHeader;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.annotation.Part;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.multipart.CompletedFileUpload;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

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
  @Post(
      consumes = {
        MediaType.APPLICATION_JSON,
        MediaType.APPLICATION_FORM_URLENCODED, // what curl says
        MediaType.TEXT_PLAIN
      },
      produces = MediaType.APPLICATION_JSON)
  HttpResponse<byte[]> submit(
      HttpRequest<?> http,
      @Nullable @Header(RequestId.HEADER) String requestId,
      @Body @Nullable byte[] body) {
    return accepted(
        submissions.submit(
            read(body == null ? new byte[0] : body),
            RequestId.of(requestId),
            CallerTrace.of(http)));
  }

  @ActorHeader
  @Operation(
      summary = "Sends a task event with its files.",
      description =
          "The part task is the event's data without files, train the file to learn from; dev and test may be given too.")
  @ApiResponse(
      responseCode = "202",
      content = @Content(schema = @Schema(implementation = Submitted.class)))
  @Post(consumes = MediaType.MULTIPART_FORM_DATA, produces = MediaType.APPLICATION_JSON)
  HttpResponse<byte[]> submitFiles(
      HttpRequest<?> http,
      @Nullable @Header(RequestId.HEADER) String requestId,
      @Part String task,
      @Part CompletedFileUpload train,
      @Nullable @Part CompletedFileUpload dev,
      @Nullable @Part CompletedFileUpload test) {
    String request = RequestId.of(requestId);
    ObjectNode event = read(task.getBytes(StandardCharsets.UTF_8));
    String id = event.path("taskId").asText();
    if (!TaskId.isValid(id)) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST, "taskId must be a task id, got: " + Bounded.value(id));
    }
    TaskSubmissions.checkFiles(event);
    if (submissions.isKnown(request)) { // its data is not replaced
      return accepted(new Submitted(TaskSubmissions.runId(request), id, request));
    }
    upload(event, new TaskId(id), request, "train", train);
    if (dev != null) {
      upload(event, new TaskId(id), request, "dev", dev);
    }
    if (test != null) {
      upload(event, new TaskId(id), request, "test", test);
    }
    return accepted(submissions.submit(event, request, CallerTrace.of(http)));
  }

  private void upload(
      ObjectNode event, TaskId task, String request, String part, CompletedFileUpload file) {
    try (InputStream content = file.getInputStream()) {
      TaskSubmissions.name(
          event, part, submissions.upload(task, request, part, file.getFilename(), content));
    } catch (IOException e) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST, "the part " + part + " cannot be read: " + e, e);
    }
  }

  private static HttpResponse<byte[]> accepted(Submitted submitted) {
    return HttpResponse.accepted().body(Json.write(submitted));
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

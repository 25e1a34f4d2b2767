package dev.diffstream.gateway.http;

import dev.diffstream.gateway.face.GatewayView;
import dev.diffstream.gateway.face.InferHandler;
import dev.diffstream.gateway.protocol.InferAnswer;
import dev.diffstream.gateway.protocol.InferMessage;
import dev.diffstream.gateway.protocol.InferResult;
import dev.diffstream.gateway.protocol.JsonInferReader;
import dev.diffstream.gateway.protocol.OipBodies;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import dev.diffstream.service.http.ActorHeader;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Operation;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Inference of the Open Inference Protocol v2 over REST. Version and digest of the diff that
 * answered stand in the answer and in its headers.
 */
@Controller("/v2/models/{model}")
@Consumes(MediaType.ALL)
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class InferController {
  private final GatewayView gateway;
  private final InferHandler handler;

  InferController(GatewayView gateway, InferHandler handler) {
    this.gateway = gateway;
    this.handler = handler;
  }

  @ActorHeader
  @Operation(
      summary = "Asks the version that the task serves by default.",
      description =
          "Outputs by objective: label and scores; score; labels and scores (multi-label); entities and tags (token-classification); fills (masked-lm). labels, entities and fills are BYTES that hold JSON, one element for each text.")
  @Needs(Permission.PREDICT)
  @Post("/infer")
  CompletableFuture<HttpResponse<byte[]>> infer(
      @PathVariable String model, HttpRequest<?> http, @Body @Nullable byte[] body) {
    return answer(model, GatewayView.DEFAULT_VERSION, http, body);
  }

  @ActorHeader
  @Operation(
      summary =
          "Asks this version, if it is the one that serves or the one before; else VERSION_UNKNOWN.")
  @Needs(Permission.PREDICT)
  @Post("/versions/{version}/infer")
  CompletableFuture<HttpResponse<byte[]>> inferVersion(
      @PathVariable String model,
      @PathVariable String version,
      HttpRequest<?> http,
      @Body @Nullable byte[] body) {
    return answer(model, version, http, body);
  }

  private CompletableFuture<HttpResponse<byte[]>> answer(
      String model,
      String version,
      HttpRequest<?> http,
      byte @org.jspecify.annotations.Nullable [] body) {
    return HangUp.cancels(
        http,
        handler.infer(
            model,
            version,
            HttpCaller.of(http),
            () -> read(http.getHeaders(), body),
            InferController::response));
  }

  private InferMessage read(HttpHeaders headers, byte @org.jspecify.annotations.Nullable [] body) {
    return JsonInferReader.read(
        RequestBody.read(headers, body, gateway.limits().maxBytes()), jsonLength(headers));
  }

  private static int jsonLength(HttpHeaders headers) {
    Optional<String> text = headers.getFirst(JsonInferReader.HEADER);
    try {
      int length = text.map(Integer::parseInt).orElse(-1);
      if (text.isEmpty() || length >= 0) {
        return length;
      }
    } catch (NumberFormatException e) {
      // reported below, with what was expected
    }
    throw new DiffstreamException(
        ErrorCode.INVALID_REQUEST,
        JsonInferReader.HEADER + " must be a number of bytes, got: " + text.orElse(""));
  }

  private static HttpResponse<byte[]> response(InferResult result) {
    InferAnswer answer = OipBodies.answer(result);
    MutableHttpResponse<byte[]> response = ServedHeaders.ok(result.diff(), answer.body());
    if (!answer.isBinary()) {
      return response.contentType(MediaType.APPLICATION_JSON_TYPE);
    }
    return response
        .contentType(MediaType.APPLICATION_OCTET_STREAM_TYPE)
        .header(JsonInferReader.HEADER, Integer.toString(answer.jsonLength()));
  }
}

package dev.diffstream.gateway.http;

import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.model.Answer;
import dev.diffstream.gateway.model.Deadline;
import dev.diffstream.gateway.protocol.BinaryTensors;
import dev.diffstream.gateway.protocol.InferAnswer;
import dev.diffstream.gateway.protocol.InferRequest;
import dev.diffstream.gateway.protocol.OipBodies;
import dev.diffstream.gateway.telemetry.GatewaySpans;
import dev.diffstream.gateway.telemetry.RequestMeters;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.service.http.ActorHeader;
import dev.diffstream.service.http.RequestActor;
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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Inference of the Open Inference Protocol v2. A request reads the catalog once, and the diff found
 * there answers all of it (I6); its version and digest stand in the answer and in its headers.
 */
@Controller("/v2/models/{model}")
@Consumes(MediaType.ALL)
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class InferController {
  static final String VERSION = "diffstream-version";
  static final String DIGEST = "diffstream-digest";

  private final GatewayView gateway;
  private final RequestMeters meters;
  private final GatewaySpans spans;

  InferController(GatewayView gateway, RequestMeters meters, GatewaySpans spans) {
    this.gateway = gateway;
    this.meters = meters;
    this.spans = spans;
  }

  @ActorHeader
  @Operation(
      summary = "Asks the version that the task serves by default.",
      description =
          "Outputs by objective: label and scores; score; labels and scores (multi-label); entities and tags (token-classification); fills (masked-lm). labels, entities and fills are BYTES that hold JSON, one element for each text.")
  @Post("/infer")
  CompletableFuture<HttpResponse<byte[]>> infer(
      @PathVariable String model, HttpRequest<?> http, @Body @Nullable byte[] body) {
    return answer(model, http, body, catalog -> catalog.find(model));
  }

  @ActorHeader
  @Operation(summary = "Asks this version, if it is the resident one; else VERSION_UNKNOWN.")
  @Post("/versions/{version}/infer")
  CompletableFuture<HttpResponse<byte[]>> inferVersion(
      @PathVariable String model,
      @PathVariable String version,
      HttpRequest<?> http,
      @Body @Nullable byte[] body) {
    return answer(model, http, body, catalog -> catalog.find(model, version));
  }

  private CompletableFuture<HttpResponse<byte[]>> answer(
      String model,
      HttpRequest<?> http,
      byte @org.jspecify.annotations.Nullable [] body,
      Function<ServingCatalog, ResidentDiff> find) {
    long start = System.nanoTime();
    GatewaySpans.Open span = spans.start(model, RequestActor.of(http), http.getHeaders());
    CompletableFuture<HttpResponse<byte[]>> answer;
    try {
      ResidentDiff diff = retained(find);
      try {
        answer = ask(diff, http, body, start, span);
      } catch (RuntimeException e) {
        diff.prepared().release();
        throw e;
      }
      answer = answer.whenComplete((done, failure) -> diff.prepared().release());
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    return answer.whenComplete(
        (done, failure) -> {
          span.end(failure);
          meters.answered(model, failure, System.nanoTime() - start);
        });
  }

  /** What serves now, and is not freed before this request has released it. */
  private ResidentDiff retained(Function<ServingCatalog, ResidentDiff> find) {
    while (true) {
      ResidentDiff diff = find.apply(gateway.catalog().get());
      if (diff.prepared().retain()) {
        return diff;
      }
    }
  }

  private CompletableFuture<HttpResponse<byte[]>> ask(
      ResidentDiff diff,
      HttpRequest<?> http,
      byte @org.jspecify.annotations.Nullable [] body,
      long start,
      GatewaySpans.Open span) {
    span.servedBy(diff);
    InferRequest request = read(http.getHeaders(), body);
    check(diff, request);
    return gateway
        .inference()
        .infer(
            diff.prepared(),
            request.examples(),
            Deadline.after(start, request.timeout()),
            diff.taskId(),
            RequestActor.of(http).text())
        .thenApply(answered -> response(diff, request, answered.truncated(), answered.answers()));
  }

  private InferRequest read(HttpHeaders headers, byte @org.jspecify.annotations.Nullable [] body) {
    RequestLimits limits = gateway.limits();
    return InferRequest.read(
        RequestBody.read(headers, body, limits.maxBytes()),
        jsonLength(headers),
        limits.maxTexts(),
        gateway.tensorInputs());
  }

  private static int jsonLength(HttpHeaders headers) {
    Optional<String> text = headers.getFirst(BinaryTensors.HEADER);
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
        BinaryTensors.HEADER + " must be a number of bytes, got: " + text.orElse(""));
  }

  private static void check(ResidentDiff diff, InferRequest request) {
    boolean pairs = diff.metadata().objective().pairs();
    if (pairs != request.pairs()) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST,
          "task "
              + diff.taskId()
              + (pairs
                  ? " compares two texts: expected an input text_pair beside text"
                  : " reads one text: expected no input text_pair"));
    }
    for (String output : request.outputs()) {
      if (!OipBodies.outputNames(diff).contains(output)) {
        throw new DiffstreamException(
            ErrorCode.INVALID_REQUEST,
            "outputs are " + OipBodies.outputNames(diff) + ", got: \"" + output + "\"");
      }
    }
  }

  private static HttpResponse<byte[]> response(
      ResidentDiff diff, InferRequest request, boolean truncated, List<Answer> answers) {
    InferAnswer answer = OipBodies.answer(diff, request, truncated, answers);
    MutableHttpResponse<byte[]> response =
        HttpResponse.ok(answer.body())
            .header(VERSION, Long.toString(diff.version()))
            .header(DIGEST, diff.digest());
    if (!answer.isBinary()) {
      return response.contentType(MediaType.APPLICATION_JSON_TYPE);
    }
    return response
        .contentType(MediaType.APPLICATION_OCTET_STREAM_TYPE)
        .header(BinaryTensors.HEADER, Integer.toString(answer.jsonLength()));
  }
}

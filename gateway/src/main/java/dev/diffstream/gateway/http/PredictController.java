package dev.diffstream.gateway.http;

import dev.diffstream.gateway.face.GatewayView;
import dev.diffstream.gateway.face.PredictHandler;
import dev.diffstream.gateway.inference.Cancelling;
import dev.diffstream.gateway.prediction.PredictRequest;
import dev.diffstream.gateway.prediction.PredictionBodies;
import dev.diffstream.gateway.prediction.TaskPredictions;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import dev.diffstream.service.http.ActorHeader;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
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
import java.util.concurrent.CompletableFuture;

/** Predictions in plain JSON: text in, label and confidence out. */
@Controller("/v1")
@Consumes(MediaType.ALL)
@Produces(MediaType.APPLICATION_JSON)
@ExecuteOn(TaskExecutors.BLOCKING)
final class PredictController {
  private final GatewayView gateway;
  private final PredictHandler handler;

  PredictController(GatewayView gateway, PredictHandler handler) {
    this.gateway = gateway;
    this.handler = handler;
  }

  @ActorHeader
  @Operation(
      summary = "What a task says to a text, or to each of several texts.",
      description =
          "{\"text\"} or {\"texts\"}, for tasks that compare two with \"text_pair\" or \"text_pairs\"; options: top_k, thresholds (a number, or numbers by label), onLongText (cut or refuse), timeoutMillis.")
  @Needs(Permission.PREDICT)
  @Post("/tasks/{task}/predict")
  CompletableFuture<HttpResponse<byte[]>> ofTask(
      @PathVariable String task, HttpRequest<?> http, @Body @Nullable byte[] body) {
    CompletableFuture<TaskPredictions> predictions =
        handler.ofTask(
            task,
            HttpCaller.of(http),
            diff -> PredictRequest.ofTask(read(http, body), gateway.limits().maxTexts()),
            TaskPredictions::of);
    return HangUp.cancels(
        http, Cancelling.reaching(predictions, predictions.thenApply(PredictController::response)));
  }

  @ActorHeader
  @Operation(
      summary = "What each of several tasks says to one text, which is tokenised once.",
      description =
          "As of one task, with \"tasks\", a list of names. A task without an answer has an error in its place; if none has one, the first task's error is the answer.")
  @Needs(Permission.PREDICT)
  @Post("/predict")
  CompletableFuture<HttpResponse<byte[]>> ofTasks(
      HttpRequest<?> http, @Body @Nullable byte[] body) {
    PredictRequest request = PredictRequest.ofTasks(read(http, body), gateway.limits().maxTexts());
    List<CompletableFuture<TaskPredictions>> answers =
        handler.ofTasks(HttpCaller.of(http), request);
    CompletableFuture<HttpResponse<byte[]>> answer =
        CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
            .handle((done, failure) -> PredictionBodies.of(request.tasks(), answers))
            .thenApply(HttpResponse::ok);
    Cancelling.passOn(answer, answers);
    return HangUp.cancels(http, answer);
  }

  private byte[] read(HttpRequest<?> http, byte @org.jspecify.annotations.Nullable [] body) {
    return RequestBody.read(http.getHeaders(), body, gateway.limits().maxBytes());
  }

  private static HttpResponse<byte[]> response(TaskPredictions predictions) {
    return ServedHeaders.ok(predictions.diff(), PredictionBodies.of(predictions));
  }
}

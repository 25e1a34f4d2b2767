package dev.diffstream.gateway.http;

import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.face.GatewayView;
import dev.diffstream.gateway.face.PredictHandler;
import dev.diffstream.gateway.face.ServedBase;
import dev.diffstream.gateway.inference.Cancelling;
import dev.diffstream.gateway.tei.TeiAnswer;
import dev.diffstream.gateway.tei.TeiBodies;
import dev.diffstream.gateway.tei.TeiRequest;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import dev.diffstream.service.http.ActorHeader;
import dev.diffstream.service.http.RequestPrincipal;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Operation;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What clients of text-embeddings-inference ask of a classifier. Their base address is {@code
 * /tei/<task>}; or the task stands in the field, or query, {@code model}.
 */
@Controller
@Consumes(MediaType.ALL)
@Produces(MediaType.APPLICATION_JSON)
@ExecuteOn(TaskExecutors.BLOCKING)
final class TeiController {
  /** Says that the task has not read a text to its end; the body has no place for it. */
  private static final String TRUNCATED = "diffstream-truncated";

  private final GatewayView gateway;
  private final PredictHandler handler;

  TeiController(GatewayView gateway, PredictHandler handler) {
    this.gateway = gateway;
    this.handler = handler;
  }

  @ActorHeader
  @Operation(
      summary = "As text-embeddings-inference: the scores of a task's labels, the highest first.",
      description =
          "{\"inputs\"}: a string, a pair [string, string], or a batch [[string], [string, string], ...]; raw_scores; truncate (else a text with more tokens than the task reads is refused).")
  @Needs(Permission.PREDICT)
  @Post("/tei/{model}/predict")
  CompletableFuture<HttpResponse<byte[]>> predict(
      @PathVariable String model, HttpRequest<?> http, @Body @Nullable byte[] body) {
    return predict(model, read(http, body), http);
  }

  @ActorHeader
  @Operation(summary = "As /tei/{model}/predict, with the task in the field model.")
  @Needs(Permission.PREDICT)
  @Post("/predict")
  CompletableFuture<HttpResponse<byte[]>> predictOf(
      HttpRequest<?> http, @Body @Nullable byte[] body) {
    TeiRequest request = read(http, body);
    return predict(request.model(), request, http);
  }

  private CompletableFuture<HttpResponse<byte[]>> predict(
      String model, TeiRequest request, HttpRequest<?> http) {
    CompletableFuture<TeiAnswer> computed =
        handler.ofTask(
            model,
            HttpCaller.of(http),
            diff -> {
              TeiAnswer.expectScores(diff.metadata());
              return request.predict(gateway.limits().maxTexts());
            },
            (diff, asked, outcomes) ->
                TeiAnswer.of(diff, asked.single(), request.rawScores(), outcomes));
    return HangUp.cancels(
        http, Cancelling.reaching(computed, computed.thenApply(TeiController::response)));
  }

  private static HttpResponse<byte[]> response(TeiAnswer answer) {
    MutableHttpResponse<byte[]> response = ServedHeaders.ok(answer.diff(), answer.body());
    return answer.truncated() ? response.header(TRUNCATED, "true") : response;
  }

  @ActorHeader
  @Operation(
      summary = "As text-embeddings-inference: the tokens of each text.",
      description = "{\"inputs\"}: a string, or a list of strings; add_special_tokens.")
  @Needs(Permission.PREDICT)
  @Post("/tei/{model}/tokenize")
  byte[] tokenize(@PathVariable String model, HttpRequest<?> http, @Body @Nullable byte[] body) {
    return tokens(http, model, read(http, body));
  }

  @ActorHeader
  @Operation(summary = "As /tei/{model}/tokenize, with the task in the field model.")
  @Needs(Permission.PREDICT)
  @Post("/tokenize")
  byte[] tokenizeOf(HttpRequest<?> http, @Body @Nullable byte[] body) {
    TeiRequest request = read(http, body);
    return tokens(http, request.model(), request);
  }

  private byte[] tokens(HttpRequest<?> http, String model, TeiRequest request) {
    ResidentDiff diff =
        gateway.expectReady(RequestPrincipal.of(http), model, GatewayView.DEFAULT_VERSION);
    ServedBase.TextTokens tokens = gateway.bases().of(diff).tokens();
    List<String> texts = request.texts(gateway.limits().maxTexts());
    boolean special = request.addSpecialTokens();
    return TeiBodies.tokens(texts.stream().map(text -> tokens.of(text, special)).toList());
  }

  @ActorHeader
  @Operation(summary = "As text-embeddings-inference: labels and limits of a task.")
  @Needs(Permission.KEY)
  @Get("/tei/{model}/info")
  byte[] info(HttpRequest<?> http, @PathVariable String model) {
    return TeiBodies.info(
        gateway.expectReady(RequestPrincipal.of(http), model, GatewayView.DEFAULT_VERSION),
        gateway.limits());
  }

  @ActorHeader
  @Operation(summary = "As /tei/{model}/info, with the task in the query.")
  @Needs(Permission.KEY)
  @Get("/info")
  byte[] infoOf(HttpRequest<?> http, @QueryValue String model) {
    return info(http, model);
  }

  private TeiRequest read(HttpRequest<?> http, byte @org.jspecify.annotations.Nullable [] body) {
    return TeiRequest.read(RequestBody.read(http.getHeaders(), body, gateway.limits().maxBytes()));
  }
}

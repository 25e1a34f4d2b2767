package dev.diffstream.gateway.http;

import dev.diffstream.gateway.face.GatewayView;
import dev.diffstream.gateway.protocol.OipBodies;
import dev.diffstream.gateway.protocol.RequestJson;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import dev.diffstream.service.http.ActorHeader;
import dev.diffstream.service.http.RequestPrincipal;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.swagger.v3.oas.annotations.Operation;

/** The Open Inference Protocol v2 about servers and models; a model is a task. */
@Controller("/v2")
@Produces(MediaType.APPLICATION_JSON)
final class OipController {
  private final GatewayView gateway;

  OipController(GatewayView gateway) {
    this.gateway = gateway;
  }

  @ActorHeader
  @Operation(summary = "200 while the process does its work.")
  @Needs(Permission.OPEN)
  @Get("/health/live")
  HttpResponse<byte[]> live() {
    return answer(gateway.live(), new OipBodies.Live(gateway.live()));
  }

  @ActorHeader
  @Operation(
      summary =
          "200 once everything announced that can be loaded was, else 503; degraded counts the rest.")
  @Needs(Permission.OPEN)
  @Get("/health/ready")
  HttpResponse<byte[]> ready() {
    boolean ready = gateway.ready();
    int degraded = gateway.quarantine().get().size();
    return answer(
        ready, new OipBodies.Ready(ready, gateway.live(), degraded == 0 ? null : degraded));
  }

  @ActorHeader
  @Operation(summary = "Name, version and extensions of this server.")
  @Needs(Permission.KEY)
  @Get
  byte[] server() {
    return Json.write(OipBodies.SERVER);
  }

  @ActorHeader
  @Operation(summary = "Names of all resident tasks.")
  @Needs(Permission.KEY)
  @Get("/models")
  byte[] models(HttpRequest<?> http) {
    return Json.write(new OipBodies.Models(gateway.resident(RequestPrincipal.of(http))));
  }

  @ActorHeader
  @Operation(summary = "A task: inputs, outputs, version, labels and digest.")
  @Needs(Permission.KEY)
  @Get("/models/{model}")
  byte[] model(HttpRequest<?> http, @PathVariable String model) {
    return Json.write(
        gateway.metadata(RequestPrincipal.of(http), model, GatewayView.DEFAULT_VERSION));
  }

  @ActorHeader
  @Operation(summary = "As the model's metadata, of the version that serves or the one before it.")
  @Needs(Permission.KEY)
  @Get("/models/{model}/versions/{version}")
  byte[] modelVersion(
      HttpRequest<?> http, @PathVariable String model, @PathVariable String version) {
    return Json.write(gateway.metadata(RequestPrincipal.of(http), model, version));
  }

  @ActorHeader
  @Operation(summary = "200 when the task is resident.")
  @Needs(Permission.KEY)
  @Get("/models/{model}/ready")
  byte[] modelReady(HttpRequest<?> http, @PathVariable String model) {
    return ready(http, model, GatewayView.DEFAULT_VERSION);
  }

  @ActorHeader
  @Operation(summary = "200 when this version of the task is resident.")
  @Needs(Permission.KEY)
  @Get("/models/{model}/versions/{version}/ready")
  byte[] modelVersionReady(
      HttpRequest<?> http, @PathVariable String model, @PathVariable String version) {
    return ready(http, model, version);
  }

  private byte[] ready(HttpRequest<?> http, String model, String version) {
    String task = gateway.expectReady(RequestPrincipal.of(http), model, version).taskId();
    return Json.write(new OipBodies.ModelReady(task, true));
  }

  @ActorHeader
  @Operation(summary = "Every task with its state; the body may be empty or {\"ready\": true}.")
  @Needs(Permission.KEY)
  @Post("/repository/index")
  @Consumes(MediaType.ALL)
  byte[] index(HttpRequest<?> http, @Body @Nullable byte[] body) {
    byte[] json = RequestBody.read(http.getHeaders(), body, gateway.limits().maxBytes());
    boolean onlyReady = json.length > 0 && RequestJson.parse(json).path("ready").asBoolean(false);
    return Json.write(gateway.index(RequestPrincipal.of(http), onlyReady));
  }

  private static HttpResponse<byte[]> answer(boolean well, Object body) {
    return HttpResponse.<byte[]>status(well ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE)
        .body(Json.write(body));
  }
}

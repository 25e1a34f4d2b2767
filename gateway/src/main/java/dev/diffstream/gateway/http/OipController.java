package dev.diffstream.gateway.http;

import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.protocol.OipBodies;
import dev.diffstream.gateway.protocol.RequestJson;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.service.http.ActorHeader;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpHeaders;
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
import java.util.ArrayList;
import java.util.List;

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
  @Get("/health/live")
  HttpResponse<byte[]> live() {
    return answer(gateway.live(), new OipBodies.Live(gateway.live()));
  }

  @ActorHeader
  @Operation(
      summary =
          "200 once everything announced that can be loaded was, else 503; degraded counts the rest.")
  @Get("/health/ready")
  HttpResponse<byte[]> ready() {
    boolean ready = gateway.ready();
    int degraded = gateway.quarantine().get().size();
    return answer(
        ready, new OipBodies.Ready(ready, gateway.live(), degraded == 0 ? null : degraded));
  }

  @ActorHeader
  @Operation(summary = "Name, version and extensions of this server.")
  @Get
  byte[] server() {
    return Json.write(
        new OipBodies.Server(
            "diffstream", "0.1.0", List.of("binary_tensor_data", "model_repository")));
  }

  @ActorHeader
  @Operation(summary = "Names of all resident tasks.")
  @Get("/models")
  byte[] models() {
    return Json.write(
        new OipBodies.Models(List.copyOf(gateway.catalog().get().resident().keySet())));
  }

  @ActorHeader
  @Operation(summary = "A task: inputs, outputs, version, labels and digest.")
  @Get("/models/{model}")
  byte[] model(@PathVariable String model) {
    return Json.write(
        OipBodies.metadata(gateway.catalog().get().find(model), gateway.tensorInputs()));
  }

  @ActorHeader
  @Operation(summary = "As the model's metadata; only the resident version is known.")
  @Get("/models/{model}/versions/{version}")
  byte[] modelVersion(@PathVariable String model, @PathVariable String version) {
    return Json.write(
        OipBodies.metadata(gateway.catalog().get().find(model, version), gateway.tensorInputs()));
  }

  @ActorHeader
  @Operation(summary = "200 when the task is resident.")
  @Get("/models/{model}/ready")
  byte[] modelReady(@PathVariable String model) {
    return Json.write(new OipBodies.ModelReady(resident(model).taskId(), true));
  }

  @ActorHeader
  @Operation(summary = "200 when this version of the task is resident.")
  @Get("/models/{model}/versions/{version}/ready")
  byte[] modelVersionReady(@PathVariable String model, @PathVariable String version) {
    resident(model);
    ResidentDiff diff = gateway.catalog().get().find(model, version);
    return Json.write(new OipBodies.ModelReady(diff.taskId(), true));
  }

  @ActorHeader
  @Operation(summary = "Every task with its state; the body may be empty or {\"ready\": true}.")
  @Post("/repository/index")
  @Consumes(MediaType.ALL)
  byte[] index(HttpHeaders headers, @Body @Nullable byte[] body) {
    byte[] json = RequestBody.read(headers, body, gateway.limits().maxBytes());
    boolean onlyReady = json.length > 0 && RequestJson.parse(json).path("ready").asBoolean(false);
    ServingCatalog catalog = gateway.catalog().get();
    List<OipBodies.IndexEntry> entries = new ArrayList<>();
    for (String task : catalog.tasks()) {
      ResidentDiff diff = catalog.resident().get(task);
      ServingCatalog.Failure failure = catalog.failed().get(task);
      String reason = failure == null ? "" : failure.code() + ": " + failure.reason();
      if (diff != null) {
        entries.add(new OipBodies.IndexEntry(task, Long.toString(diff.version()), "READY", reason));
      } else if (failure != null && !onlyReady) {
        entries.add(
            new OipBodies.IndexEntry(
                task, Long.toString(failure.version()), "UNAVAILABLE", reason));
      }
    }
    return Json.write(entries);
  }

  /** Where only ready or not is asked, a task that could not be loaded is not ready: 503. */
  private ResidentDiff resident(String model) {
    try {
      return gateway.catalog().get().find(model);
    } catch (DiffstreamException e) {
      throw e.code() == ErrorCode.TASK_UNKNOWN || e.code() == ErrorCode.NOT_READY
          ? e
          : new DiffstreamException(ErrorCode.NOT_READY, e.getMessage(), e);
    }
  }

  private static HttpResponse<byte[]> answer(boolean well, Object body) {
    return HttpResponse.<byte[]>status(well ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE)
        .body(Json.write(body));
  }
}

package dev.diffstream.gateway.http;

import dev.diffstream.gateway.face.GatewayView;
import dev.diffstream.gateway.face.OipExtensions;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.service.http.ActorHeader;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.swagger.v3.oas.annotations.Operation;

/** Extensions of the protocol: statistics, configuration, and those that are refused. */
@Controller("/v2")
@Consumes(MediaType.ALL)
@Produces(MediaType.APPLICATION_JSON)
final class OipExtensionController {
  private static final String ALL = "";
  private static final String STATS = "stats";

  private final GatewayView gateway;
  private final OipExtensions extensions;

  OipExtensionController(GatewayView gateway, OipExtensions extensions) {
    this.gateway = gateway;
    this.extensions = extensions;
  }

  @ActorHeader
  @Operation(
      summary = "Statistics of all tasks, unless a task has the name stats: then its metadata.")
  @Get("/models/stats")
  byte[] statistics() {
    return gateway.catalog().get().tasks().contains(STATS)
        ? Json.write(gateway.metadata(STATS, GatewayView.DEFAULT_VERSION))
        : Json.writeUnsorted(extensions.statistics(ALL, GatewayView.DEFAULT_VERSION));
  }

  @ActorHeader
  @Operation(summary = "Counts and times of requests to a task, by version.")
  @Get("/models/{model}/stats")
  byte[] statisticsOfModel(@PathVariable String model) {
    return Json.writeUnsorted(extensions.statistics(model, GatewayView.DEFAULT_VERSION));
  }

  @ActorHeader
  @Operation(summary = "Counts and times of requests to this version of a task.")
  @Get("/models/{model}/versions/{version}/stats")
  byte[] statisticsOfVersion(@PathVariable String model, @PathVariable String version) {
    return Json.writeUnsorted(extensions.statistics(model, version));
  }

  @ActorHeader
  @Operation(summary = "Names, types and sizes of one example's tensors.")
  @Get("/models/{model}/config")
  byte[] config(@PathVariable String model) {
    return Json.writeUnsorted(extensions.config(model, GatewayView.DEFAULT_VERSION));
  }

  @ActorHeader
  @Operation(summary = "Names, types and sizes of one example's tensors.")
  @Get("/models/{model}/versions/{version}/config")
  byte[] configOfVersion(@PathVariable String model, @PathVariable String version) {
    return Json.writeUnsorted(extensions.config(model, version));
  }

  @ActorHeader
  @Operation(summary = "INVALID_REQUEST: announcements alone load and unload tasks.")
  @Post("/repository/models/{model}/load")
  byte[] load(@PathVariable String model) {
    throw OipExtensions.loading(model);
  }

  @ActorHeader
  @Operation(summary = "INVALID_REQUEST: announcements alone load and unload tasks.")
  @Post("/repository/models/{model}/unload")
  byte[] unload(@PathVariable String model) {
    throw OipExtensions.loading(model);
  }
}

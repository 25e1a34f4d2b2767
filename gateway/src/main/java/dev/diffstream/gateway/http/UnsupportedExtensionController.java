package dev.diffstream.gateway.http;

import dev.diffstream.gateway.face.GatewayView;
import dev.diffstream.gateway.face.UnsupportedExtensions;
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

/** Routes of the protocol that this server refuses; each answer says what to use instead. */
@Controller("/v2")
@Consumes(MediaType.ALL)
@Produces(MediaType.APPLICATION_JSON)
final class UnsupportedExtensionController {
  private static final String STATS = "stats";

  private final GatewayView gateway;

  UnsupportedExtensionController(GatewayView gateway) {
    this.gateway = gateway;
  }

  @ActorHeader
  @Operation(summary = "INVALID_REQUEST, unless a task has the name stats: then its metadata.")
  @Get("/models/stats")
  byte[] statistics() {
    if (!gateway.catalog().get().tasks().contains(STATS)) {
      throw UnsupportedExtensions.statistics();
    }
    return Json.write(gateway.metadata(STATS, GatewayView.DEFAULT_VERSION));
  }

  @ActorHeader
  @Operation(summary = "INVALID_REQUEST: counts and times stand at /prometheus.")
  @Get("/models/{model}/stats")
  byte[] statisticsOfModel(@PathVariable String model) {
    throw UnsupportedExtensions.statistics();
  }

  @ActorHeader
  @Operation(summary = "INVALID_REQUEST: counts and times stand at /prometheus.")
  @Get("/models/{model}/versions/{version}/stats")
  byte[] statisticsOfVersion(@PathVariable String model, @PathVariable String version) {
    throw UnsupportedExtensions.statistics();
  }

  @ActorHeader
  @Operation(summary = "INVALID_REQUEST: announcements alone load and unload tasks.")
  @Post("/repository/models/{model}/load")
  byte[] load(@PathVariable String model) {
    throw UnsupportedExtensions.loading(model);
  }

  @ActorHeader
  @Operation(summary = "INVALID_REQUEST: announcements alone load and unload tasks.")
  @Post("/repository/models/{model}/unload")
  byte[] unload(@PathVariable String model) {
    throw UnsupportedExtensions.loading(model);
  }
}

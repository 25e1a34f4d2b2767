package dev.diffstream.gateway.http;

import dev.diffstream.gateway.protocol.OipBodies;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
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
      throw noStatistics();
    }
    return Json.write(
        OipBodies.metadata(gateway.catalog().get().find(STATS), gateway.tensorInputs()));
  }

  @ActorHeader
  @Operation(summary = "INVALID_REQUEST: counts and times stand at /prometheus.")
  @Get("/models/{model}/stats")
  byte[] statisticsOfModel(@PathVariable String model) {
    throw noStatistics();
  }

  @ActorHeader
  @Operation(summary = "INVALID_REQUEST: counts and times stand at /prometheus.")
  @Get("/models/{model}/versions/{version}/stats")
  byte[] statisticsOfVersion(@PathVariable String model, @PathVariable String version) {
    throw noStatistics();
  }

  @ActorHeader
  @Operation(summary = "INVALID_REQUEST: announcements alone load and unload tasks.")
  @Post("/repository/models/{model}/load")
  byte[] load(@PathVariable String model) {
    throw announced(model);
  }

  @ActorHeader
  @Operation(summary = "INVALID_REQUEST: announcements alone load and unload tasks.")
  @Post("/repository/models/{model}/unload")
  byte[] unload(@PathVariable String model) {
    throw announced(model);
  }

  private static DiffstreamException noStatistics() {
    return new DiffstreamException(
        ErrorCode.INVALID_REQUEST,
        "statistics of the protocol are not supported; requests by task stand at /prometheus");
  }

  private static DiffstreamException announced(String model) {
    return new DiffstreamException(
        ErrorCode.INVALID_REQUEST,
        "task " + model + " is loaded and unloaded by announcements of the registry alone");
  }
}

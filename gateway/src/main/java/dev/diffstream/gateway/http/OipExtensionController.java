package dev.diffstream.gateway.http;

import dev.diffstream.gateway.face.GatewayView;
import dev.diffstream.gateway.face.OipExtensions;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import dev.diffstream.service.access.Principal;
import dev.diffstream.service.http.ActorHeader;
import dev.diffstream.service.http.RequestPrincipal;
import io.micronaut.http.HttpRequest;
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
  @Needs(Permission.KEY)
  @Get("/models/stats")
  byte[] statistics(HttpRequest<?> http) {
    Principal asker = RequestPrincipal.of(http);
    return gateway.catalog().get().tasks().contains(STATS) && gateway.isVisible(asker, STATS)
        ? Json.write(gateway.metadata(asker, STATS, GatewayView.DEFAULT_VERSION))
        : Json.writeUnsorted(extensions.statistics(asker, ALL, GatewayView.DEFAULT_VERSION));
  }

  @ActorHeader
  @Operation(summary = "Counts and times of requests to a task, by version.")
  @Needs(Permission.KEY)
  @Get("/models/{model}/stats")
  byte[] statisticsOfModel(HttpRequest<?> http, @PathVariable String model) {
    return Json.writeUnsorted(
        extensions.statistics(RequestPrincipal.of(http), model, GatewayView.DEFAULT_VERSION));
  }

  @ActorHeader
  @Operation(summary = "Counts and times of requests to this version of a task.")
  @Needs(Permission.KEY)
  @Get("/models/{model}/versions/{version}/stats")
  byte[] statisticsOfVersion(
      HttpRequest<?> http, @PathVariable String model, @PathVariable String version) {
    return Json.writeUnsorted(extensions.statistics(RequestPrincipal.of(http), model, version));
  }

  @ActorHeader
  @Operation(summary = "Names, types and sizes of one example's tensors.")
  @Needs(Permission.KEY)
  @Get("/models/{model}/config")
  byte[] config(HttpRequest<?> http, @PathVariable String model) {
    return Json.writeUnsorted(
        extensions.config(RequestPrincipal.of(http), model, GatewayView.DEFAULT_VERSION));
  }

  @ActorHeader
  @Operation(summary = "Names, types and sizes of one example's tensors.")
  @Needs(Permission.KEY)
  @Get("/models/{model}/versions/{version}/config")
  byte[] configOfVersion(
      HttpRequest<?> http, @PathVariable String model, @PathVariable String version) {
    return Json.writeUnsorted(extensions.config(RequestPrincipal.of(http), model, version));
  }

  @ActorHeader
  @Operation(summary = "INVALID_REQUEST: announcements alone load and unload tasks.")
  @Needs(Permission.KEY)
  @Post("/repository/models/{model}/load")
  byte[] load(@PathVariable String model) {
    throw OipExtensions.loading(model);
  }

  @ActorHeader
  @Operation(summary = "INVALID_REQUEST: announcements alone load and unload tasks.")
  @Needs(Permission.KEY)
  @Post("/repository/models/{model}/unload")
  byte[] unload(@PathVariable String model) {
    throw OipExtensions.loading(model);
  }
}

package dev.diffstream.registry.http;

import dev.diffstream.registry.fleet.GatewayWords;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import dev.diffstream.service.http.ActorHeader;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;

/** The gateways, as their own words on the residency topic tell. */
@Controller("/v1/gateways")
final class GatewayController {
  private final RegistryView registry;

  GatewayController(RegistryView registry) {
    this.registry = registry;
  }

  @ActorHeader
  @Operation(summary = "All gateways that ever spoke, with how many tasks they serve.")
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = FleetBodies.Gateways.class)))
  @Needs(Permission.DEPLOYMENT)
  @Get(produces = MediaType.APPLICATION_JSON)
  byte[] gateways() {
    return Json.write(
        new FleetBodies.Gateways(
            registry.fleet().get().gateways().stream().map(FleetBodies.Gateway::of).toList()));
  }

  @ActorHeader
  @Operation(summary = "What a gateway says of each task.")
  @ApiResponse(
      responseCode = "200",
      content = @Content(schema = @Schema(implementation = FleetBodies.GatewayTasks.class)))
  @Needs(Permission.DEPLOYMENT)
  @Get(uri = "/{gatewayId}", produces = MediaType.APPLICATION_JSON)
  byte[] gateway(@PathVariable String gatewayId) {
    GatewayWords words = registry.fleet().get().gateway(gatewayId);
    return Json.write(FleetBodies.GatewayTasks.of(words));
  }
}

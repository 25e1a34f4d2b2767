package dev.diffstream.gateway;

import dev.diffstream.schemas.Json;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.swagger.v3.oas.annotations.Operation;

/** For containers: live and ready in one answer. */
@Controller("/health")
final class HealthController {
  private final GatewayView gateway;

  /** The body. */
  record Health(boolean live, boolean ready, int resident, int failed, String baseDigest) {}

  HealthController(GatewayView gateway) {
    this.gateway = gateway;
  }

  @Operation(summary = "200 when live and ready, else 503.")
  @Get(produces = MediaType.APPLICATION_JSON)
  HttpResponse<byte[]> health() {
    ServingImage image = gateway.image().get();
    boolean ready = gateway.ready();
    return HttpResponse.<byte[]>status(ready ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE)
        .body(
            Json.write(
                new Health(
                    gateway.live(),
                    ready,
                    image.resident().size(),
                    image.failed().size(),
                    gateway.baseDigest())));
  }
}

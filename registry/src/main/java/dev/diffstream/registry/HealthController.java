package dev.diffstream.registry;

import dev.diffstream.schemas.Json;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.swagger.v3.oas.annotations.Operation;

/** Live while the registrar's thread is; ready once it has read bucket and topics to their ends. */
@Controller("/health")
final class HealthController {
  private final RegistryView registry;

  /** The body of every answer here. */
  record Health(boolean live, boolean ready, int tasks) {}

  HealthController(RegistryView registry) {
    this.registry = registry;
  }

  @Operation(summary = "200 when live and ready, else 503.")
  @Get(produces = MediaType.APPLICATION_JSON)
  HttpResponse<byte[]> health() {
    Health health = now();
    return answer(health, health.live() && health.ready());
  }

  @Operation(summary = "200 while the process does its work, else 503: restart it.")
  @Get(uri = "/live", produces = MediaType.APPLICATION_JSON)
  HttpResponse<byte[]> live() {
    Health health = now();
    return answer(health, health.live());
  }

  @Operation(summary = "200 when the start-up rebuild is done, else 503: wait.")
  @Get(uri = "/ready", produces = MediaType.APPLICATION_JSON)
  HttpResponse<byte[]> ready() {
    Health health = now();
    return answer(health, health.ready());
  }

  private Health now() {
    RegistryImage image = registry.image().get();
    return new Health(registry.alive().getAsBoolean(), image.ready(), image.tasks().size());
  }

  private static HttpResponse<byte[]> answer(Health health, boolean well) {
    return HttpResponse.<byte[]>status(well ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE)
        .body(Json.write(health));
  }
}

package dev.diffstream.service.http;

import dev.diffstream.schemas.json.Json;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.swagger.v3.oas.annotations.Operation;

/** Answers containers by status, and people by the body, which is the same for all three. */
@Controller("/health")
@Requires(beans = HealthSource.class)
public final class HealthController {
  private final HealthSource source;

  HealthController(HealthSource source) {
    this.source = source;
  }

  @ActorHeader
  @Operation(summary = "200 when live and ready, else 503.")
  @Get(produces = MediaType.APPLICATION_JSON)
  HttpResponse<byte[]> health() {
    Health health = source.health();
    return answer(health, health.live() && health.ready());
  }

  @ActorHeader
  @Operation(summary = "200 while the process makes progress, else 503: restart it.")
  @Get(uri = "/live", produces = MediaType.APPLICATION_JSON)
  HttpResponse<byte[]> live() {
    Health health = source.health();
    return answer(health, health.live());
  }

  @ActorHeader
  @Operation(summary = "200 when the service can do its work, else 503: wait.")
  @Get(uri = "/ready", produces = MediaType.APPLICATION_JSON)
  HttpResponse<byte[]> ready() {
    Health health = source.health();
    return answer(health, health.ready());
  }

  private static HttpResponse<byte[]> answer(Health health, boolean well) {
    return HttpResponse.<byte[]>status(well ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE)
        .body(Json.write(health.body()));
  }
}

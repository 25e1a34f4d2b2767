package dev.diffstream.service.http;

import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.swagger.v3.oas.annotations.Operation;

/** How the service does. */
@Controller("/health")
@Requires(beans = HealthSource.class)
public final class HealthController {
  private final HealthAnswers answers;

  HealthController(HealthAnswers answers) {
    this.answers = answers;
  }

  @ActorHeader
  @Needs(Permission.OPEN)
  @Operation(summary = "200 when live and ready, else 503.")
  @Get(produces = MediaType.APPLICATION_JSON)
  HttpResponse<byte[]> health(HttpRequest<?> request) {
    return answers.liveAndReady(HealthAnswers.isWhole(request));
  }

  @ActorHeader
  @Needs(Permission.OPEN)
  @Operation(summary = "200 while the process makes progress, else 503: restart it.")
  @Get(uri = "/live", produces = MediaType.APPLICATION_JSON)
  HttpResponse<byte[]> live(HttpRequest<?> request) {
    return answers.live(HealthAnswers.isWhole(request));
  }

  @ActorHeader
  @Needs(Permission.OPEN)
  @Operation(summary = "200 when the service can do its work, else 503: wait.")
  @Get(uri = "/ready", produces = MediaType.APPLICATION_JSON)
  HttpResponse<byte[]> ready(HttpRequest<?> request) {
    return answers.ready(HealthAnswers.isWhole(request));
  }
}

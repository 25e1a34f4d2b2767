package dev.diffstream.service.http;

import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.swagger.v3.oas.annotations.Hidden;

/** The routes of {@link HealthController} at the management port, where there is one. */
@Hidden
@Controller(value = "/health", port = "${" + ServerProperties.MANAGEMENT_PORT + "}")
@Requires(beans = HealthSource.class, property = ServerProperties.MANAGEMENT_PORT)
final class ManagementHealthController {
  private final HealthAnswers answers;

  ManagementHealthController(HealthAnswers answers) {
    this.answers = answers;
  }

  @Needs(Permission.OPEN)
  @Get(produces = MediaType.APPLICATION_JSON)
  HttpResponse<byte[]> health() {
    return answers.liveAndReady(true);
  }

  @Needs(Permission.OPEN)
  @Get(uri = "/live", produces = MediaType.APPLICATION_JSON)
  HttpResponse<byte[]> live() {
    return answers.live(true);
  }

  @Needs(Permission.OPEN)
  @Get(uri = "/ready", produces = MediaType.APPLICATION_JSON)
  HttpResponse<byte[]> ready() {
    return answers.ready(true);
  }
}

package dev.diffstream.service.http;

import dev.diffstream.schemas.json.Json;
import dev.diffstream.service.access.Permission;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import jakarta.inject.Singleton;

/** Answers containers by status, and people by the body, which is the same for all three. */
@Singleton
@Requires(beans = HealthSource.class)
final class HealthAnswers {
  private final HealthSource source;

  HealthAnswers(HealthSource source) {
    this.source = source;
  }

  /** How much of the answer somebody sees: tasks stand in it, of all tenants. */
  static boolean isWhole(HttpRequest<?> request) {
    return RequestPrincipal.of(request).may(Permission.DEPLOYMENT);
  }

  HttpResponse<byte[]> liveAndReady(boolean whole) {
    Health health = source.health();
    return answer(health, health.live() && health.ready(), whole);
  }

  HttpResponse<byte[]> live(boolean whole) {
    Health health = source.health();
    return answer(health, health.live(), whole);
  }

  HttpResponse<byte[]> ready(boolean whole) {
    Health health = source.health();
    return answer(health, health.ready(), whole);
  }

  private static HttpResponse<byte[]> answer(Health health, boolean well, boolean whole) {
    return HttpResponse.<byte[]>status(well ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE)
        .body(Json.write(whole ? health.body() : health.summary()));
  }
}

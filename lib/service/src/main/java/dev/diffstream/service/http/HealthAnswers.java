package dev.diffstream.service.http;

import dev.diffstream.schemas.json.Json;
import io.micronaut.context.annotation.Requires;
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

  HttpResponse<byte[]> liveAndReady() {
    Health health = source.health();
    return answer(health, health.live() && health.ready());
  }

  HttpResponse<byte[]> live() {
    Health health = source.health();
    return answer(health, health.live());
  }

  HttpResponse<byte[]> ready() {
    Health health = source.health();
    return answer(health, health.ready());
  }

  private static HttpResponse<byte[]> answer(Health health, boolean well) {
    return HttpResponse.<byte[]>status(well ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE)
        .body(Json.write(health.body()));
  }
}

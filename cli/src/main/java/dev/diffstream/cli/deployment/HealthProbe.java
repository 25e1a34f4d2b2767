package dev.diffstream.cli.deployment;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks a service about its health, and takes no answer in time for a bad one. Thread-safe. */
final class HealthProbe {
  private final HttpClient http;
  private final URI base;
  private final Duration timeout;

  HealthProbe(URI base, Duration timeout) {
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(timeout)
            .build();
    this.base = base;
    this.timeout = timeout;
  }

  /** Whether {@code path} is answered with 200, to the end of the answer, within the timeout. */
  boolean succeeds(String path) throws InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(base.resolve(path)).timeout(timeout).build();
    CompletableFuture<HttpResponse<Void>> answer =
        http.sendAsync(request, HttpResponse.BodyHandlers.discarding());
    try {
      return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS).statusCode() == 200;
    } catch (ExecutionException | TimeoutException noAnswer) {
      answer.cancel(true);
      return false;
    }
  }
}

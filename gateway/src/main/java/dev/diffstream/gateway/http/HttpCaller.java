package dev.diffstream.gateway.http;

import dev.diffstream.gateway.catalog.RoutingKey;
import dev.diffstream.gateway.face.Caller;
import dev.diffstream.gateway.telemetry.GatewaySpans;
import dev.diffstream.gateway.telemetry.Protocol;
import dev.diffstream.service.http.RequestPrincipal;
import io.micronaut.http.HttpRequest;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** Who asks over HTTP. */
final class HttpCaller {
  private HttpCaller() {}

  static Caller of(HttpRequest<?> http) {
    Map<String, String> trace = new TreeMap<>();
    for (String name : GatewaySpans.TRACE_HEADERS) {
      http.getHeaders().getFirst(name).ifPresent(value -> trace.put(name, value));
    }
    RoutingKey key = new RoutingKey(http.getHeaders().getFirst(RoutingKey.HEADER).orElse(""));
    return new Caller(Protocol.HTTP, RequestPrincipal.of(http), trace, key, Duration.ZERO);
  }
}

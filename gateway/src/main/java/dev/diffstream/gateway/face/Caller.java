package dev.diffstream.gateway.face;

import dev.diffstream.gateway.catalog.RoutingKey;
import dev.diffstream.gateway.telemetry.Protocol;
import dev.diffstream.schemas.registry.ActorName;
import dev.diffstream.service.access.Principal;
import java.time.Duration;
import java.util.Map;

/**
 * Who asks, and how.
 *
 * @param trace W3C headers of the caller's trace; none: the trace of the loading goes on
 * @param routingKey decides between a champion and its canary
 * @param timeout after which the transport ends the request, whatever the request itself says; zero
 *     for none
 */
public record Caller(
    Protocol protocol,
    Principal principal,
    Map<String, String> trace,
    RoutingKey routingKey,
    Duration timeout) {
  public Caller {
    trace = Map.copyOf(trace);
  }

  public ActorName actor() {
    return principal.actor();
  }

  /** The shorter of both timeouts, of which zero is none. */
  Duration timeout(Duration ofRequest) {
    if (timeout.isZero() || ofRequest.isZero()) {
      return timeout.plus(ofRequest);
    }
    return timeout.compareTo(ofRequest) < 0 ? timeout : ofRequest;
  }
}

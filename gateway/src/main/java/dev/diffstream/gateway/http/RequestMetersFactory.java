package dev.diffstream.gateway.http;

import dev.diffstream.gateway.telemetry.RequestMeters;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;

/** Makes the meters at start, so that an idle gateway is seen too. */
@Factory
final class RequestMetersFactory {
  @Context
  RequestMeters requestMeters(GatewayView gateway, MeterRegistry meters) {
    return new RequestMeters(gateway.catalog(), gateway.inference(), gateway::ready, meters);
  }
}

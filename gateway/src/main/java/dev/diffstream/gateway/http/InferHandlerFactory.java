package dev.diffstream.gateway.http;

import dev.diffstream.gateway.face.GatewayView;
import dev.diffstream.gateway.face.InferHandler;
import dev.diffstream.gateway.face.PredictHandler;
import dev.diffstream.gateway.telemetry.GatewaySpans;
import dev.diffstream.gateway.telemetry.RequestMeters;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;

/** Makes what answers requests, and its meters, at start: so an idle gateway is seen too. */
@Factory
final class InferHandlerFactory {
  @Context
  RequestMeters requestMeters(GatewayView gateway, MeterRegistry meters) {
    return new RequestMeters(gateway.catalog(), gateway.inference(), gateway::ready, meters);
  }

  @Context
  InferHandler inferHandler(GatewayView gateway, RequestMeters meters, GatewaySpans spans) {
    return new InferHandler(gateway, meters, spans);
  }

  @Context
  PredictHandler predictHandler(GatewayView gateway, RequestMeters meters, GatewaySpans spans) {
    return new PredictHandler(gateway, meters, spans);
  }
}

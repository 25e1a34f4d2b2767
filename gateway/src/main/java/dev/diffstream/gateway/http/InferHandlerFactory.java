package dev.diffstream.gateway.http;

import dev.diffstream.gateway.face.GatewayView;
import dev.diffstream.gateway.face.InferHandler;
import dev.diffstream.gateway.face.OipExtensions;
import dev.diffstream.gateway.face.PredictHandler;
import dev.diffstream.gateway.telemetry.GatewaySpans;
import dev.diffstream.gateway.telemetry.RequestMeters;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Property;

/** Makes what answers requests, and counts them. */
@Factory
final class InferHandlerFactory {
  @Context
  RequestMeters requestMeters(
      GatewayView gateway,
      MeterRegistry meters,
      @Property(name = "diffstream.metric-tasks") int metricTasks) {
    return new RequestMeters(gateway.catalog(), metricTasks, meters);
  }

  @Context
  InferHandler inferHandler(GatewayView gateway, RequestMeters meters, GatewaySpans spans) {
    return new InferHandler(gateway, meters, spans);
  }

  @Context
  PredictHandler predictHandler(GatewayView gateway, RequestMeters meters, GatewaySpans spans) {
    return new PredictHandler(gateway, meters, spans);
  }

  @Context
  OipExtensions oipExtensions(GatewayView gateway, RequestMeters meters) {
    return new OipExtensions(gateway, meters);
  }
}

package dev.diffstream.telemetry;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/**
 * The OpenTelemetry of one process. Spans leave it over OTLP when the environment says where to
 * ({@code OTEL_EXPORTER_OTLP_ENDPOINT}) or how ({@code OTEL_TRACES_EXPORTER}), and else are only
 * made, so that trace ids still travel. Metrics and logs go other ways.
 */
public final class Telemetry implements AutoCloseable {
  private final OpenTelemetrySdk sdk;

  private Telemetry(OpenTelemetrySdk sdk) {
    this.sdk = sdk;
  }

  /** Starts it and makes it the global one of this process, which must have none. */
  public static Telemetry start(String serviceName) {
    Telemetry telemetry = start(serviceName, System.getenv());
    GlobalOpenTelemetry.set(telemetry.sdk);
    return telemetry;
  }

  /** Not global; {@code environment} only decides whether spans are exported. */
  static Telemetry start(String serviceName, Map<String, String> environment) {
    Map<String, String> defaults = defaults(serviceName, environment);
    return new Telemetry(
        AutoConfiguredOpenTelemetrySdk.builder()
            .disableShutdownHook()
            .addPropertiesSupplier(() -> defaults)
            .build()
            .getOpenTelemetrySdk());
  }

  public OpenTelemetry openTelemetry() {
    return sdk;
  }

  public Tracer tracer(String name) {
    return sdk.getTracer(name);
  }

  /** Sends the spans that are left. */
  @Override
  public void close() {
    sdk.close();
  }

  /**
   * Runs {@code body} in a span under {@code parent}, and marks the span as failed, with the
   * exception, when the body throws.
   */
  public static <T> T span(
      Tracer tracer, String name, SpanKind kind, Context parent, Supplier<T> body) {
    Span span = tracer.spanBuilder(name).setSpanKind(kind).setParent(parent).startSpan();
    try (Scope ignored = parent.with(span).makeCurrent()) {
      return body.get();
    } catch (RuntimeException | Error e) {
      fail(span, e);
      throw e;
    } finally {
      span.end();
    }
  }

  /** {@link #span} for a body that throws checked exceptions. */
  public static <T> T spanChecked(
      Tracer tracer, String name, SpanKind kind, Context parent, Callable<T> body)
      throws Exception {
    Span span = tracer.spanBuilder(name).setSpanKind(kind).setParent(parent).startSpan();
    try (Scope ignored = parent.with(span).makeCurrent()) {
      return body.call();
    } catch (Throwable e) {
      fail(span, e);
      throw e;
    } finally {
      span.end();
    }
  }

  private static void fail(Span span, Throwable failure) {
    span.recordException(failure);
    span.setStatus(StatusCode.ERROR, String.valueOf(failure.getMessage()));
  }

  private static Map<String, String> defaults(String serviceName, Map<String, String> environment) {
    Map<String, String> defaults = new HashMap<>();
    defaults.put("otel.service.name", serviceName);
    defaults.put("otel.metrics.exporter", "none");
    defaults.put("otel.logs.exporter", "none");
    defaults.put("otel.exporter.otlp.protocol", "http/protobuf");
    String endpoint = environment.getOrDefault("OTEL_EXPORTER_OTLP_ENDPOINT", "");
    String exporter = environment.getOrDefault("OTEL_TRACES_EXPORTER", "");
    if (!endpoint.isBlank()) {
      defaults.put("otel.exporter.otlp.endpoint", endpoint);
    }
    String otherwise = endpoint.isBlank() ? "none" : "otlp";
    defaults.put("otel.traces.exporter", exporter.isBlank() ? otherwise : exporter);
    return defaults;
  }
}

package dev.diffstream.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class TelemetryTest {
  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final SdkTracerProvider provider =
      SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(spans)).build();
  private final Tracer tracer = provider.get("test");

  @Test
  void theContextTravelsThroughHeaders() {
    Map<String, String> headers =
        Telemetry.span(
            tracer, "send", SpanKind.PRODUCER, Context.root(), () -> TraceContext.inject());
    assertThat(headers).containsOnlyKeys("traceparent");
    Context parent = TraceContext.extract(headers);
    String seen =
        Telemetry.span(
            tracer,
            "receive",
            SpanKind.CONSUMER,
            parent,
            () -> Span.current().getSpanContext().getTraceId());
    SpanData send = spans.getFinishedSpanItems().getFirst();
    SpanData receive = spans.getFinishedSpanItems().getLast();
    assertThat(seen).isEqualTo(send.getTraceId());
    assertThat(receive.getParentSpanId()).isEqualTo(send.getSpanId());
    assertThat(receive.getKind()).isEqualTo(SpanKind.CONSUMER);
  }

  @Test
  void noContextAndABrokenOneAreTheRoot() {
    assertThat(TraceContext.inject()).isEmpty();
    assertThat(TraceContext.extract(Map.of())).isEqualTo(Context.root());
    assertThat(TraceContext.extract(Map.of("traceparent", "00-zz"))).isEqualTo(Context.root());
  }

  @Test
  void aFailureIsRecordedAndPassesOn() {
    assertThatThrownBy(
            () ->
                Telemetry.span(
                    tracer,
                    "fail",
                    SpanKind.INTERNAL,
                    Context.root(),
                    () -> {
                      throw new IllegalStateException("broken");
                    }))
        .hasMessage("broken");
    SpanData span = spans.getFinishedSpanItems().getFirst();
    assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(span.getEvents()).singleElement().extracting("name").isEqualTo("exception");
  }

  @Test
  void spansAreMadeWithoutAnExporter() {
    try (Telemetry telemetry = Telemetry.start("worker", Map.of())) {
      Map<String, String> headers =
          Telemetry.span(
              telemetry.tracer("test"),
              "quiet",
              SpanKind.INTERNAL,
              Context.root(),
              () -> TraceContext.inject());
      assertThat(headers).containsKey("traceparent");
    }
  }

  /** On a class path with the okhttp of the object store, which the OTLP exporter must survive. */
  @Test
  void spansReachAnOtlpCollectorBeforeCloseReturns() throws Exception {
    CompletableFuture<String> posted = new CompletableFuture<>();
    HttpServer collector =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/v1/traces",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          posted.complete(new String(body, StandardCharsets.ISO_8859_1));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    collector.start();
    String endpoint = "http://127.0.0.1:" + collector.getAddress().getPort();
    try (Telemetry telemetry =
        Telemetry.start("worker", Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint))) {
      Telemetry.span(
          telemetry.tracer("test"), "loud-span", SpanKind.INTERNAL, Context.root(), () -> 1);
    }
    assertThat(posted.get(1, TimeUnit.SECONDS)).contains("loud-span").contains("worker");
    collector.stop(0);
  }
}

package dev.diffstream.registry;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One span for each published diff, {@code registry.version}, in the trace of its event; what the
 * registry writes and sends for that diff carries this span on.
 */
final class RegistrySpans {
  private static final W3CTraceContextPropagator W3C = W3CTraceContextPropagator.getInstance();
  private static final TextMapGetter<Map<String, String>> FROM_MAP =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Map<String, String> headers) {
          return headers.keySet();
        }

        @Override
        public @Nullable String get(@Nullable Map<String, String> headers, String name) {
          return headers == null ? null : headers.get(name);
        }
      };

  private final Tracer tracer;

  RegistrySpans(OpenTelemetry telemetry) {
    tracer = telemetry.getTracer("dev.diffstream.registry");
  }

  /** A span; {@link #headers} names it to others. */
  record Open(Span span, Map<String, String> headers) {
    void failed(String code) {
      span.setStatus(StatusCode.ERROR, code);
    }
  }

  Open start(String task, String digest, String run, Map<String, String> event) {
    Context parent = W3C.extract(Context.root(), event, FROM_MAP);
    Span span =
        tracer
            .spanBuilder("registry.version")
            .setParent(parent)
            .setSpanKind(SpanKind.CONSUMER)
            .setAttribute("diffstream.task", task)
            .setAttribute("diffstream.digest", digest)
            .setAttribute("diffstream.run", run)
            .startSpan();
    Map<String, String> headers = new TreeMap<>();
    W3C.inject(parent.with(span), headers, (map, name, value) -> headers.put(name, value));
    return new Open(span, headers);
  }
}

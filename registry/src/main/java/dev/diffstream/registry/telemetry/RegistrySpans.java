package dev.diffstream.registry.telemetry;

import dev.diffstream.telemetry.TraceContext;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.Map;

/**
 * One span for each published diff, {@code registry.version}, in the trace of its event; what the
 * registry writes and sends for that diff carries this span on.
 */
public final class RegistrySpans {
  private final Tracer tracer;

  public RegistrySpans(OpenTelemetry telemetry) {
    tracer = telemetry.getTracer("dev.diffstream.registry");
  }

  /** A span; {@link #headers} names it to others. */
  public record Open(Span span, Map<String, String> headers) {
    public void failed(String code) {
      span.setStatus(StatusCode.ERROR, code);
    }
  }

  public Open start(String task, String digest, String run, Map<String, String> event) {
    Context parent = TraceContext.extract(event);
    Span span =
        tracer
            .spanBuilder("registry.version")
            .setParent(parent)
            .setSpanKind(SpanKind.CONSUMER)
            .setAttribute("diffstream.task", task)
            .setAttribute("diffstream.digest", digest)
            .setAttribute("diffstream.run", run)
            .startSpan();
    return new Open(span, TraceContext.inject(parent.with(span)));
  }
}

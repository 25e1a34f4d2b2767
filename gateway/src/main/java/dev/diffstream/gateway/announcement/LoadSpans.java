package dev.diffstream.gateway.announcement;

import dev.diffstream.telemetry.TraceContext;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.Map;

/** One span, {@code gateway.load}, for each attempt to load; in the trace of its announcement. */
final class LoadSpans {
  private final Tracer tracer;

  LoadSpans(OpenTelemetry telemetry) {
    tracer = telemetry.getTracer("dev.diffstream.gateway");
  }

  /**
   * A span that has been started.
   *
   * @param headers name it to what it causes
   */
  record Loading(Span span, Map<String, String> headers) {}

  Loading start(String task, Map<String, String> announced) {
    Context parent = TraceContext.extract(announced);
    Span span =
        tracer
            .spanBuilder("gateway.load")
            .setParent(parent)
            .setSpanKind(SpanKind.CONSUMER)
            .setAttribute("diffstream.task", task)
            .startSpan();
    return new Loading(span, TraceContext.inject(parent.with(span)));
  }
}

package dev.diffstream.gateway.telemetry;

import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.schemas.registry.ActorName;
import dev.diffstream.telemetry.TraceContext;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One span for each request, {@code gateway.infer}. It belongs to the caller's trace and links to
 * the trace that loaded the diff; without a caller's trace it continues the diff's, so that one
 * trace runs from the task event to the prediction.
 */
public final class GatewaySpans {
  /** The headers of a request that carry its trace. */
  public static final List<String> TRACE_HEADERS = List.of("traceparent", "tracestate");

  private final Tracer tracer;

  public GatewaySpans(OpenTelemetry telemetry) {
    tracer = telemetry.getTracer("dev.diffstream.gateway");
  }

  /**
   * @param trace the request's trace headers; may be empty
   */
  public Open start(String task, ActorName actor, Map<String, String> trace) {
    return new Open(tracer, task, actor, TraceContext.extract(trace));
  }

  /** A request on its way; the span is made when the diff is known, or at the end without one. */
  public static final class Open {
    private final Tracer tracer;
    private final String task;
    private final ActorName actor;
    private final Context caller;
    private final java.time.Instant started = java.time.Instant.now();
    private @Nullable Span span;

    private Open(Tracer tracer, String task, ActorName actor, Context caller) {
      this.tracer = tracer;
      this.task = task;
      this.actor = actor;
      this.caller = caller;
    }

    public void servedBy(ResidentDiff diff) {
      Context loading = TraceContext.extract(diff.trace());
      SpanContext loaded = Span.fromContext(loading).getSpanContext();
      boolean called = Span.fromContext(caller).getSpanContext().isValid();
      Span next = start(called ? caller : loading);
      if (called && loaded.isValid()) {
        next.addLink(loaded);
      }
      next.setAttribute("diffstream.version", diff.version());
      next.setAttribute("diffstream.digest", diff.digest());
      next.setAttribute("diffstream.loading_trace", loaded.getTraceId());
      span = next;
    }

    public void end(@Nullable Throwable failure) {
      Span open = span == null ? start(caller) : span;
      if (failure != null) {
        open.setStatus(StatusCode.ERROR, RequestMeters.codeOf(failure));
      }
      open.end();
    }

    private Span start(Context parent) {
      return tracer
          .spanBuilder("gateway.infer")
          .setParent(parent)
          .setSpanKind(SpanKind.SERVER)
          .setStartTimestamp(started)
          .setAttribute("diffstream.task", task)
          .setAttribute("diffstream.actor", actor.text())
          .startSpan();
    }
  }
}

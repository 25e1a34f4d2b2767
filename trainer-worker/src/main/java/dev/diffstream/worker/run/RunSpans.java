package dev.diffstream.worker.run;

import dev.diffstream.eventlog.EventLog.Received;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.function.Supplier;

/** The spans of a run: one for the whole, one for each phase. */
public final class RunSpans {
  private final Tracer tracer;

  public RunSpans(OpenTelemetry telemetry) {
    this.tracer = telemetry.getTracer("dev.diffstream.trainer-worker");
  }

  /** A consumer span that continues the trace of the task event. */
  void inRun(Context parent, Received received, Runnable body) {
    Span span =
        tracer
            .spanBuilder("diffstream.tasks process")
            .setParent(parent)
            .setSpanKind(SpanKind.CONSUMER)
            .setAttribute("messaging.system", "kafka")
            .setAttribute("messaging.destination.name", received.topic())
            .setAttribute(
                "messaging.destination.partition.id", Integer.toString(received.partition()))
            .setAttribute("messaging.kafka.offset", received.offset())
            .setAttribute("diffstream.task", received.key())
            .startSpan();
    within(
        span,
        () -> {
          body.run();
          return true;
        });
  }

  public <T> T inPhase(String name, Supplier<T> body) {
    return within(tracer.spanBuilder(name).startSpan(), body);
  }

  private static <T> T within(Span span, Supplier<T> body) {
    try (Scope scope = span.makeCurrent()) {
      return body.get();
    } catch (RuntimeException e) {
      span.recordException(e);
      span.setStatus(StatusCode.ERROR, String.valueOf(e.getMessage()));
      throw e;
    } finally {
      span.end();
    }
  }
}

package dev.diffstream.telemetry;

import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The W3C trace context as it stands in Kafka headers and in object metadata. */
public final class TraceContext {
  private static final W3CTraceContextPropagator W3C = W3CTraceContextPropagator.getInstance();
  private static final MapGetter GETTER = new MapGetter();

  private TraceContext() {}

  /** {@code traceparent} and {@code tracestate} of the current context; empty outside a span. */
  public static Map<String, String> inject() {
    return inject(Context.current());
  }

  public static Map<String, String> inject(Context context) {
    Map<String, String> headers = new HashMap<>();
    W3C.inject(context, headers, (carrier, name, value) -> headers.put(name, value));
    return Map.copyOf(headers);
  }

  /** The context that a sender injected; the root where there is none, or a broken one. */
  public static Context extract(Map<String, String> headers) {
    return W3C.extract(Context.root(), headers, GETTER);
  }

  /** The headers of {@code headers} that carry a trace context. */
  public static Map<String, String> of(Map<String, String> headers) {
    Map<String, String> trace = new HashMap<>(headers);
    trace.keySet().retainAll(W3C.fields());
    return Map.copyOf(trace);
  }

  private static final class MapGetter implements TextMapGetter<Map<String, String>> {
    @Override
    public Iterable<String> keys(Map<String, String> carrier) {
      return carrier.keySet();
    }

    @Override
    public @Nullable String get(@Nullable Map<String, String> carrier, String name) {
      return carrier == null ? null : carrier.get(name);
    }
  }
}

package dev.diffstream.registry.submission;

import io.micronaut.http.HttpHeaders;
import java.util.HashMap;
import java.util.Map;

/** The trace that a caller belongs to: the event carries it on. */
public final class CallerTrace {
  private CallerTrace() {}

  /** Headers of the W3C trace context; empty where the caller has none. */
  public static Map<String, String> of(HttpHeaders headers) {
    Map<String, String> trace = new HashMap<>();
    for (String name : new String[] {"traceparent", "tracestate"}) {
      String value = headers.get(name);
      if (value != null) {
        trace.put(name, value);
      }
    }
    return trace;
  }
}

package dev.diffstream.gateway.grpc;

import dev.diffstream.gateway.catalog.RoutingKey;
import dev.diffstream.gateway.telemetry.GatewaySpans;
import dev.diffstream.service.access.Principal;
import io.grpc.Context;
import io.grpc.Metadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What the metadata of a call say, and what those of its answer will.
 *
 * @param trace W3C headers of the caller's trace
 * @param routingKey decides between a champion and its canary
 * @param answer sent before the first message of the answer
 */
record CallContext(
    Principal principal, Map<String, String> trace, RoutingKey routingKey, Metadata answer) {
  static final Context.Key<CallContext> KEY = Context.key("dev.diffstream.call");

  static CallContext of(Principal principal, Metadata metadata) {
    Map<String, String> trace = new TreeMap<>();
    for (String name : GatewaySpans.TRACE_HEADERS) {
      String value = metadata.get(key(name));
      if (value != null) {
        trace.put(name, value);
      }
    }
    String key = metadata.get(key(RoutingKey.HEADER));
    return new CallContext(
        principal, trace, key == null ? RoutingKey.NONE : new RoutingKey(key), new Metadata());
  }

  /** All values of a metadata entry. */
  static List<String> all(Metadata metadata, String name) {
    List<String> values = new ArrayList<>();
    Iterable<String> all = metadata.getAll(key(name));
    if (all != null) {
      all.forEach(values::add);
    }
    return values;
  }

  /** Of the call that this thread works for. */
  static CallContext current() {
    return Objects.requireNonNull(KEY.get(), "no call");
  }

  /** The key of a metadata entry that is a text. */
  static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }
}

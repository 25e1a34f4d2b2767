package dev.diffstream.gateway.grpc;

import dev.diffstream.gateway.catalog.RoutingKey;
import dev.diffstream.gateway.telemetry.GatewaySpans;
import dev.diffstream.schemas.registry.ActorName;
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
    ActorName actor, Map<String, String> trace, RoutingKey routingKey, Metadata answer) {
  static final Context.Key<CallContext> KEY = Context.key("dev.diffstream.call");

  /** INVALID_REQUEST for an actor's name of another form. */
  static CallContext of(Metadata metadata) {
    Map<String, String> trace = new TreeMap<>();
    for (String name : GatewaySpans.TRACE_HEADERS) {
      String value = metadata.get(key(name));
      if (value != null) {
        trace.put(name, value);
      }
    }
    String key = metadata.get(key(RoutingKey.HEADER));
    return new CallContext(
        ActorName.ofHeaders(actors(metadata)),
        trace,
        key == null ? RoutingKey.NONE : new RoutingKey(key),
        new Metadata());
  }

  private static List<String> actors(Metadata metadata) {
    List<String> names = new ArrayList<>();
    Iterable<String> all = metadata.getAll(key(ActorName.HEADER));
    if (all != null) {
      all.forEach(names::add);
    }
    return names;
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

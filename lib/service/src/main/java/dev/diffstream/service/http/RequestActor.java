package dev.diffstream.service.http;

import dev.diffstream.schemas.registry.ActorName;
import io.micronaut.http.HttpRequest;

/** Who asks, by name: that of the key, or where no key is needed the one that the caller gives. */
public final class RequestActor {
  private RequestActor() {}

  /** The actor of a move, an outcome or an audit record that this request leads to. */
  public static ActorName of(HttpRequest<?> request) {
    return RequestPrincipal.of(request).actor();
  }
}

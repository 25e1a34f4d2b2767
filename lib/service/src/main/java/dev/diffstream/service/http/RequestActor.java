package dev.diffstream.service.http;

import dev.diffstream.schemas.registry.ActorName;
import io.micronaut.http.HttpRequest;

/** Who asks, as a request says. */
public final class RequestActor {
  private static final String ATTRIBUTE = "dev.diffstream.actor";

  private RequestActor() {}

  /** The actor of a move, an outcome or an audit record that this request leads to. */
  public static ActorName of(HttpRequest<?> request) {
    return request.getAttribute(ATTRIBUTE, ActorName.class).orElse(ActorName.ANONYMOUS);
  }

  static void set(HttpRequest<?> request, ActorName actor) {
    request.setAttribute(ATTRIBUTE, actor);
  }
}

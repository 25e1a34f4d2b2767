package dev.diffstream.service.http;

import dev.diffstream.service.access.Principal;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.context.ServerRequestContext;
import java.util.Optional;

/** Who asks, as {@link AccessFilter} has found. */
public final class RequestPrincipal {
  private static final String ATTRIBUTE = "dev.diffstream.principal";

  private RequestPrincipal() {}

  /** {@link Principal#NOBODY} of a request that the filter has not let through. */
  public static Principal of(HttpRequest<?> request) {
    return request.getAttribute(ATTRIBUTE, Principal.class).orElse(Principal.NOBODY);
  }

  /** Of the request for which this thread works; empty where it works for none. */
  public static Optional<Principal> current() {
    return ServerRequestContext.currentRequest().map(RequestPrincipal::of);
  }

  static void set(HttpRequest<?> request, Principal principal) {
    request.setAttribute(ATTRIBUTE, principal);
  }
}

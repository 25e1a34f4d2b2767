package dev.diffstream.registry.console;

import dev.diffstream.schemas.registry.ActorName;
import dev.diffstream.service.access.Principal;
import dev.diffstream.service.http.RequestPrincipal;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.cookie.Cookie;
import io.micronaut.http.cookie.SameSite;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/** The name that somebody gave with their last form, offered with the next one. */
public final class Actors {
  private static final String COOKIE = "diffstream-actor";
  private static final Duration KEPT = Duration.ofDays(90);

  private Actors() {}

  /** The holder of the key that the sender of this thread's request has; empty without one. */
  static Optional<ActorName> verified() {
    return RequestPrincipal.current()
        .filter(principal -> principal.keyId() != null)
        .map(Principal::actor);
  }

  public static String remembered(HttpRequest<?> request) {
    return verified().map(ActorName::text).orElseGet(() -> typedBefore(request));
  }

  private static String typedBefore(HttpRequest<?> request) {
    return request
        .getCookies()
        .findCookie(COOKIE)
        .map(cookie -> URLDecoder.decode(cookie.getValue(), StandardCharsets.UTF_8))
        .orElse("");
  }

  public static MutableHttpResponse<?> remember(ActorName actor, MutableHttpResponse<?> response) {
    if (actor.equals(ActorName.ANONYMOUS) || verified().isPresent()) {
      return response;
    }
    return response.cookie(
        Cookie.of(COOKIE, URLEncoder.encode(actor.text(), StandardCharsets.UTF_8))
            .path("/console")
            .httpOnly(true)
            .sameSite(SameSite.Strict)
            .maxAge(KEPT.toSeconds()));
  }
}

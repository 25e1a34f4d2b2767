package dev.diffstream.service.http;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.registry.ActorName;
import dev.diffstream.service.access.AccessPolicy;
import dev.diffstream.service.access.Needs;
import dev.diffstream.service.access.Permission;
import dev.diffstream.service.access.Principal;
import io.micronaut.context.annotation.Property;
import io.micronaut.context.annotation.Requires;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.annotation.Order;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.web.router.RouteAttributes;
import io.micronaut.web.router.RouteMatch;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Tells on every route who asks, and refuses them what their key does not allow, before a body is
 * read. A route that says nothing of itself with {@link Needs} is refused to everybody where keys
 * are needed. Requests are logged: refused accesses at info, all others at debug.
 */
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
@Requires(beans = ErrorBody.class)
final class AccessFilter {
  private static final Logger ACCESS = LoggerFactory.getLogger("dev.diffstream.access");

  /** Before every other filter. */
  private static final int FIRST = -1000;

  private static final String METRICS = "/prometheus";

  private final AccessPolicy policy;
  private final @Nullable BrowserSessions sessions;
  private final @Nullable Integer managementPort;

  AccessFilter(
      AccessPolicy policy,
      @Nullable BrowserSessions sessions,
      @Nullable @Property(name = ServerProperties.MANAGEMENT_PORT) Integer managementPort) {
    this.policy = policy;
    this.sessions = sessions;
    this.managementPort = managementPort;
  }

  /** Null lets the request go on. */
  @RequestFilter
  @Order(FIRST)
  @Nullable
  HttpResponse<?> check(HttpRequest<?> request) {
    try {
      Permission permission = permission(request);
      RequestPrincipal.set(request, AccessPolicy.asker(permission, () -> identify(request)));
      policy.check(RequestPrincipal.of(request), permission);
      return null;
    } catch (DiffstreamException e) { // log() is not called for what a request filter refuses
      write(request, e.code().httpStatus());
      policy.refused(
          RequestPrincipal.of(request),
          e.code(),
          request.getMethodName() + " " + request.getUri().getRawPath());
      HttpResponse<?> page = sessions == null ? null : sessions.refused(request, e);
      if (page != null) {
        return page;
      }
      throw e;
    }
  }

  private Principal identify(HttpRequest<?> request) {
    Optional<String> session =
        sessions == null || !policy.isOn() ? Optional.empty() : sessions.keyDigest(request);
    if (session.isPresent()) {
      Principal principal = policy.ofDigest(session.get());
      RequestOrigin.expectOwnPage(request);
      return principal;
    }
    return policy.identify(
        request.getHeaders().getAll(AccessPolicy.HEADER),
        request.getHeaders().getAll(ActorName.HEADER));
  }

  private @Nullable Permission permission(HttpRequest<?> request) {
    if (managementPort != null && request.getServerAddress().getPort() == managementPort) {
      return Permission.OPEN;
    }
    Optional<RouteMatch<?>> route = RouteAttributes.getRouteMatch(request);
    if (route.isEmpty()) {
      boolean file = sessions != null && sessions.isPublicFile(request.getPath());
      return file ? Permission.OPEN : Permission.KEY; // what is nowhere: who has a key is told so
    }
    return route
        .get()
        .getAnnotationMetadata()
        .enumValue(Needs.class, Permission.class)
        .orElse(request.getPath().equals(METRICS) ? Permission.DEPLOYMENT : null);
  }

  @ResponseFilter
  void log(HttpRequest<?> request, HttpResponse<?> response) {
    write(request, response.code());
  }

  private static void write(HttpRequest<?> request, int status) {
    boolean refused = status == 401 || status == 403;
    ACCESS
        .atLevel(refused ? Level.INFO : Level.DEBUG)
        .log(
            "{} {} {} actor={}",
            request.getMethodName(),
            Bounded.value(request.getUri().getRawPath()),
            status,
            RequestPrincipal.of(request).logged());
  }
}

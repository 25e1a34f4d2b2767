package dev.diffstream.registry.console.session;

import dev.diffstream.registry.console.Pages;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.service.http.BrowserSessions;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.cookie.Cookie;
import io.micronaut.http.cookie.SameSite;
import jakarta.inject.Singleton;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Who has signed in, in the memory of this process: a cookie names a session by 256 random bits,
 * and a session names the digest of a key, which is looked up again at each request. So a revoked
 * key ends its sessions, and neither cookie nor memory holds a key. Thread-safe.
 */
@Singleton
public final class ConsoleSessions implements BrowserSessions {
  static final String COOKIE = "diffstream-session";
  static final String LOGIN = "/console/login";

  private static final String CONSOLE = "/console";
  private static final Duration KEPT = Duration.ofHours(12);
  private static final int MOST = 10_000;
  private static final int BYTES = 32;

  private final Pages pages;
  private final SecureRandom random = new SecureRandom();
  private final ConcurrentMap<String, Session> sessions = new ConcurrentHashMap<>();

  /**
   * A session.
   *
   * @param end by the clock of {@link System#nanoTime}
   */
  private record Session(String keyDigest, long end) {
    boolean isOver() {
      return System.nanoTime() - end > 0;
    }
  }

  ConsoleSessions(Pages pages) {
    this.pages = pages;
  }

  /** The cookie of a new session of somebody who has shown a key that is valid. */
  Cookie begin(HttpRequest<?> request, String keyDigest) {
    sessions.values().removeIf(Session::isOver);
    if (sessions.size() >= MOST) {
      throw new DiffstreamException(
          ErrorCode.OVERLOADED, "too many people are signed in at this registry");
    }
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    String id = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    sessions.put(Sha256.of(id), new Session(keyDigest, System.nanoTime() + KEPT.toNanos()));
    return cookie(request, id).maxAge(KEPT.toSeconds());
  }

  /** Ends the session of this request; the cookie that takes its place. */
  Cookie end(HttpRequest<?> request) {
    named(request).ifPresent(id -> sessions.remove(Sha256.of(id)));
    return cookie(request, "").maxAge(0);
  }

  private static Cookie cookie(HttpRequest<?> request, String value) {
    boolean encrypted =
        request.isSecure() || "https".equals(request.getHeaders().get("X-Forwarded-Proto"));
    return Cookie.of(COOKIE, value)
        .path(CONSOLE)
        .httpOnly(true)
        .secure(encrypted)
        .sameSite(SameSite.Strict);
  }

  private static Optional<String> named(HttpRequest<?> request) {
    return request.getCookies().findCookie(COOKIE).map(Cookie::getValue);
  }

  @Override
  public Optional<String> keyDigest(HttpRequest<?> request) {
    if (!isPage(request.getPath())) {
      return Optional.empty();
    }
    return named(request)
        .map(id -> sessions.get(Sha256.of(id)))
        .filter(session -> !session.isOver())
        .map(Session::keyDigest);
  }

  /** The way to sign in; who has, and may not, is told so. */
  @Override
  public @Nullable HttpResponse<?> refused(HttpRequest<?> request, DiffstreamException refusal) {
    if (!isPage(request.getPath())) {
      return null;
    }
    if (refusal.code() != ErrorCode.UNAUTHENTICATED) {
      return pages.failure("", refusal);
    }
    if (request.getHeaders().contains(Pages.PART)) {
      return HttpResponse.status(HttpStatus.UNAUTHORIZED).header("HX-Redirect", LOGIN);
    }
    boolean reading = request.getMethod() == HttpMethod.GET;
    String next =
        reading
            ? "?next=" + URLEncoder.encode(request.getUri().toString(), StandardCharsets.UTF_8)
            : "";
    return HttpResponse.seeOther(URI.create(LOGIN + next));
  }

  private static boolean isPage(String path) {
    return path.equals(CONSOLE) || path.startsWith(CONSOLE + "/");
  }

  @Override
  public boolean isPublicFile(String path) {
    return path.startsWith("/console/assets/") || path.startsWith("/console/lib/");
  }
}

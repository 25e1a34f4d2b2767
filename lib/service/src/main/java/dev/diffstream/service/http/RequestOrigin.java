package dev.diffstream.service.http;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** Where a request comes from, as browsers say: pages cannot set these headers. */
public final class RequestOrigin {
  private static final String FETCH_SITE = "Sec-Fetch-Site";

  private RequestOrigin() {}

  /**
   * Lets pass what changes nothing, and what is sent by a page of this very server.
   *
   * @throws DiffstreamException PERMISSION_DENIED for everything else, also where nothing says
   *     where it comes from
   */
  static void expectOwnPage(HttpRequest<?> request) {
    String site = request.getHeaders().get(FETCH_SITE);
    String origin = request.getHeaders().get(HttpHeaders.ORIGIN);
    boolean own = origin == null ? "same-origin".equals(site) : isOwn(request, origin);
    if (!isReading(request) && (!own || isForeign(site))) {
      throw foreign();
    }
  }

  /**
   * As {@link #expectOwnPage}, but lets pass what no browser has sent.
   *
   * @throws DiffstreamException PERMISSION_DENIED for what a page of another site sends
   */
  public static void expectNoForeignPage(HttpRequest<?> request) {
    String origin = request.getHeaders().get(HttpHeaders.ORIGIN);
    boolean other = origin != null && !isOwn(request, origin);
    if (!isReading(request) && (other || isForeign(request.getHeaders().get(FETCH_SITE)))) {
      throw foreign();
    }
  }

  private static boolean isReading(HttpRequest<?> request) {
    return request.getMethod() == HttpMethod.GET || request.getMethod() == HttpMethod.HEAD;
  }

  private static boolean isForeign(@Nullable String site) {
    return site != null && !site.equals("same-origin") && !site.equals("none");
  }

  private static boolean isOwn(HttpRequest<?> request, String origin) {
    try {
      String authority = URI.create(origin).getAuthority();
      return authority != null && authority.equals(request.getHeaders().get(HttpHeaders.HOST));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static DiffstreamException foreign() {
    return new DiffstreamException(
        ErrorCode.PERMISSION_DENIED,
        "a page of another site sent this: use the registry's own pages, or no browser");
  }
}

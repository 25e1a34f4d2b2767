package dev.diffstream.registry.http;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.Filter;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what a page of another site sends through the browser of somebody who may reach the
 * registry.
 */
@ServerFilter(Filter.MATCH_ALL_PATTERN)
final class SameOriginFilter {

  @RequestFilter
  void check(HttpRequest<?> request) {
    if (request.getMethod() == HttpMethod.GET || request.getMethod() == HttpMethod.HEAD) {
      return;
    }
    String origin = request.getHeaders().get(HttpHeaders.ORIGIN);
    String site = request.getHeaders().get("Sec-Fetch-Site");
    boolean foreign = site != null && !site.equals("same-origin") && !site.equals("none");
    if (foreign || !isOf(origin, request.getHeaders().get(HttpHeaders.HOST))) {
      throw new DiffstreamException(
          ErrorCode.PERMISSION_DENIED,
          "a page of another site sent this: use the registry's own pages, or no browser");
    }
  }

  private static boolean isOf(@Nullable String origin, @Nullable String host) {
    if (origin == null) {
      return true; // no browser sent it
    }
    try {
      return URI.create(origin).getAuthority() != null
          && URI.create(origin).getAuthority().equals(host);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}

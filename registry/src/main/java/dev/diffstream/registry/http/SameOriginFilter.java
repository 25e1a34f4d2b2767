package dev.diffstream.registry.http;

import dev.diffstream.service.http.RequestOrigin;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.Filter;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;

/**
 * Refuses what a page of another site sends through the browser of somebody who may reach the
 * registry.
 */
@ServerFilter(Filter.MATCH_ALL_PATTERN)
final class SameOriginFilter {

  @RequestFilter
  void check(HttpRequest<?> request) {
    RequestOrigin.expectNoForeignPage(request);
  }
}

package dev.diffstream.gateway.http;

import dev.diffstream.gateway.batching.ByteBudget;
import dev.diffstream.gateway.batching.ByteBudget.Reservation;
import dev.diffstream.gateway.face.GatewayView;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;

/**
 * Refuses a request before its body is read, if the bodies of those that wait leave no room for it.
 * A body whose length is not told, and one that is to be unpacked, counts as the longest that is
 * read.
 */
@ServerFilter(
    value = {"/v1/**", "/v2/**"},
    methods = HttpMethod.POST)
final class BodyBudgetFilter {
  private static final String ATTRIBUTE = "diffstream.body-budget";

  private final ByteBudget budget;
  private final long maxBytes;

  BodyBudgetFilter(ByteBudget budget, GatewayView gateway) {
    this.budget = budget;
    this.maxBytes = gateway.limits().maxBytes();
  }

  @RequestFilter
  void reserve(HttpRequest<?> request) {
    Reservation reservation = budget.reserve(bytes(request.getHeaders()));
    Runnable answered = HangUp.atClose(request, reservation::close);
    request.setAttribute(
        ATTRIBUTE,
        (Runnable)
            () -> {
              answered.run();
              reservation.close();
            });
  }

  private long bytes(HttpHeaders headers) {
    boolean told =
        headers.getFirst(BodyEncodingHeader.NAME).isEmpty()
            && headers.getFirst(HttpHeaders.TRANSFER_ENCODING).isEmpty();
    return told ? Math.min(maxBytes, headers.contentLength().orElse(0)) : maxBytes;
  }

  @ResponseFilter
  void release(HttpRequest<?> request) {
    request.getAttribute(ATTRIBUTE, Runnable.class).ifPresent(Runnable::run);
  }
}

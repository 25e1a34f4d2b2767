package dev.diffstream.service.http;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.registry.ActorName;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Reads on every route who asks, from the header {@code Diffstream-Actor}, and refuses a name of
 * another form. Requests are logged with it: refused accesses at info, all others at debug.
 */
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
@Requires(beans = ErrorBody.class)
final class ActorFilter {
  private static final Logger ACCESS = LoggerFactory.getLogger("dev.diffstream.access");

  @RequestFilter
  void identify(HttpRequest<?> request) {
    try {
      RequestActor.set(request, ActorName.ofHeaders(request.getHeaders().getAll(ActorName.HEADER)));
    } catch (DiffstreamException e) { // log() is not called for what a request filter refuses
      write(request, e.code().httpStatus());
      throw e;
    }
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
            RequestActor.of(request));
  }
}

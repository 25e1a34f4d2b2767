package dev.diffstream.service.http;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.service.UnavailableException;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import jakarta.inject.Singleton;

/** Answers a failure of this program with the status of its code. */
@Singleton
@Requires(beans = ErrorBody.class)
final class DiffstreamErrorHandler
    implements ExceptionHandler<DiffstreamException, HttpResponse<byte[]>> {
  private final ErrorBody body;

  DiffstreamErrorHandler(ErrorBody body) {
    this.body = body;
  }

  @Override
  @SuppressWarnings("rawtypes")
  public HttpResponse<byte[]> handle(HttpRequest request, DiffstreamException failure) {
    return ErrorAnswers.fill(
        HttpResponse.status(HttpStatus.valueOf(status(failure))),
        body,
        failure.code(),
        failure.reason());
  }

  private static int status(DiffstreamException failure) {
    return switch (failure) {
      case UnavailableException unavailable -> unavailable.httpStatus();
      case TooLargeException tooLarge -> HttpStatus.REQUEST_ENTITY_TOO_LARGE.getCode();
      default -> failure.code().httpStatus();
    };
  }
}

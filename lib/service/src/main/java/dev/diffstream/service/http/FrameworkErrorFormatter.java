package dev.diffstream.service.http;

import dev.diffstream.schemas.ErrorCode;
import io.micronaut.context.annotation.Requires;
import io.micronaut.core.annotation.NonNull;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.server.exceptions.response.Error;
import io.micronaut.http.server.exceptions.response.ErrorContext;
import io.micronaut.http.server.exceptions.response.ErrorResponseProcessor;
import jakarta.inject.Singleton;
import java.util.stream.Collectors;

/**
 * Gives the framework's failures the form of the others: no such path, wrong method, unreadable
 * request, and faults of this program.
 */
@Singleton
@Requires(beans = ErrorBody.class)
final class FrameworkErrorFormatter implements ErrorResponseProcessor<byte[]> {
  private final ErrorBody body;

  FrameworkErrorFormatter(ErrorBody body) {
    this.body = body;
  }

  /** The framework's advice about large bodies is for programmers. */
  private static String explained(int status, String message) {
    int end = message.indexOf(". ");
    return status != HttpStatus.REQUEST_ENTITY_TOO_LARGE.getCode() || end < 0
        ? message
        : message.substring(0, end)
            + " bytes; a file of a form may be larger where its part has a file name";
  }

  @Override
  @NonNull
  public MutableHttpResponse<byte[]> processResponse(
      @NonNull ErrorContext context, @NonNull MutableHttpResponse<?> response) {
    String message =
        context.getErrors().stream().map(Error::getMessage).collect(Collectors.joining("; "));
    ErrorCode code = response.code() >= 500 ? ErrorCode.OUTCOME_UNKNOWN : ErrorCode.INVALID_REQUEST;
    String text =
        context.getRequest().getMethodName()
            + " "
            + context.getRequest().getPath()
            + ": "
            + explained(response.code(), message.isEmpty() ? response.reason() : message);
    return ErrorAnswers.fill(response, body, code, text);
  }
}

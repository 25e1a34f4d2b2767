package dev.diffstream.registry;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Json;
import io.micronaut.core.annotation.NonNull;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import io.micronaut.http.server.exceptions.response.Error;
import io.micronaut.http.server.exceptions.response.ErrorContext;
import io.micronaut.http.server.exceptions.response.ErrorResponseProcessor;
import jakarta.inject.Singleton;
import java.util.stream.Collectors;

/** Every failure as {@code {"error":{"code","message"}}}, our own and the framework's. */
final class HttpFailures {
  private HttpFailures() {}

  private static byte[] body(String code, String message) {
    return Json.write(new Answers.Failure(new Answers.Failure.Reason(code, message)));
  }

  /** Our own failures, with the status of their code. */
  @Singleton
  static final class Ours implements ExceptionHandler<DiffstreamException, HttpResponse<byte[]>> {
    @Override
    @SuppressWarnings("rawtypes")
    public HttpResponse<byte[]> handle(HttpRequest request, DiffstreamException failure) {
      return HttpResponse.<byte[]>status(HttpStatus.valueOf(failure.code().httpStatus()))
          .contentType(MediaType.APPLICATION_JSON_TYPE)
          .body(body(failure.code().name(), failure.reason()));
    }
  }

  /** The framework's: no such path, wrong method, unreadable request, and faults of ours. */
  @Singleton
  static final class Frameworks implements ErrorResponseProcessor<byte[]> {
    @Override
    @NonNull
    public MutableHttpResponse<byte[]> processResponse(
        @NonNull ErrorContext context, @NonNull MutableHttpResponse<?> response) {
      String message =
          context.getErrors().stream().map(Error::getMessage).collect(Collectors.joining("; "));
      int status = response.code();
      ErrorCode code = status >= 500 ? ErrorCode.OUTCOME_UNKNOWN : ErrorCode.INVALID_EVENT;
      String text =
          context.getRequest().getMethodName()
              + " "
              + context.getRequest().getPath()
              + ": "
              + (message.isEmpty() ? response.reason() : message);
      return response.body(body(code.name(), text)).contentType(MediaType.APPLICATION_JSON_TYPE);
    }
  }
}

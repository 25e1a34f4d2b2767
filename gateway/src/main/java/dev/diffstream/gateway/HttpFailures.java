package dev.diffstream.gateway;

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
import io.netty.handler.codec.compression.DecompressionException;
import jakarta.inject.Singleton;
import java.util.stream.Collectors;

/** Every failure as {@code {"error":"CODE: what"}}, our own and the framework's. */
final class HttpFailures {
  static final String ERROR_CODE = "diffstream-error-code";

  private HttpFailures() {}

  private static byte[] body(ErrorCode code, String message) {
    return Json.write(new OipBodies.Failure(code + ": " + message));
  }

  /** Our own failures, with the status of their code. */
  @Singleton
  static final class Ours implements ExceptionHandler<DiffstreamException, HttpResponse<byte[]>> {
    @Override
    @SuppressWarnings("rawtypes")
    public HttpResponse<byte[]> handle(HttpRequest request, DiffstreamException failure) {
      return HttpResponse.<byte[]>status(HttpStatus.valueOf(failure.code().httpStatus()))
          .contentType(MediaType.APPLICATION_JSON_TYPE)
          .header(ERROR_CODE, failure.code().name())
          .body(body(failure.code(), failure.reason()));
    }
  }

  /** A body that is not in the encoding that its header names. */
  @Singleton
  static final class Undecoded
      implements ExceptionHandler<DecompressionException, HttpResponse<byte[]>> {
    @Override
    @SuppressWarnings("rawtypes")
    public HttpResponse<byte[]> handle(HttpRequest request, DecompressionException failure) {
      return HttpResponse.<byte[]>badRequest()
          .contentType(MediaType.APPLICATION_JSON_TYPE)
          .header(ERROR_CODE, ErrorCode.INVALID_EVENT.name())
          .body(
              body(ErrorCode.INVALID_EVENT, "the body cannot be decoded: " + failure.getMessage()));
    }
  }

  /** The framework's: no such path, wrong method, unreadable request, and faults of ours. */
  @Singleton
  static final class Frameworks implements ErrorResponseProcessor<byte[]> {
    @Override
    @NonNull
    public MutableHttpResponse<byte[]> processResponse(
        @NonNull ErrorContext context, @NonNull MutableHttpResponse<?> response) {
      ErrorCode code = response.code() >= 500 ? ErrorCode.OUTCOME_UNKNOWN : ErrorCode.INVALID_EVENT;
      String message =
          context.getErrors().stream().map(Error::getMessage).collect(Collectors.joining("; "));
      String text =
          context.getRequest().getMethodName()
              + " "
              + context.getRequest().getPath()
              + ": "
              + (message.isEmpty() ? response.reason() : message);
      return response
          .header(ERROR_CODE, code.name())
          .body(body(code, text))
          .contentType(MediaType.APPLICATION_JSON_TYPE);
    }
  }
}

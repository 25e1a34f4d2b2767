package dev.diffstream.service.http;

import dev.diffstream.schemas.ErrorCode;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.server.exceptions.ExceptionHandler;
import io.netty.handler.codec.compression.DecompressionException;
import jakarta.inject.Singleton;

/** Answers a body that is not in the encoding that its header names. */
@Singleton
@Requires(beans = ErrorBody.class)
final class DecompressionErrorHandler
    implements ExceptionHandler<DecompressionException, HttpResponse<byte[]>> {
  private final ErrorBody body;

  DecompressionErrorHandler(ErrorBody body) {
    this.body = body;
  }

  @Override
  @SuppressWarnings("rawtypes")
  public HttpResponse<byte[]> handle(HttpRequest request, DecompressionException failure) {
    return ErrorAnswers.fill(
        HttpResponse.badRequest(),
        body,
        ErrorCode.INVALID_REQUEST,
        "the body cannot be decoded: " + failure.getMessage());
  }
}

package dev.diffstream.service.http;

import dev.diffstream.schemas.ErrorCode;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;

/** An answer that carries a failure: its code in a header, code and message in the body. */
final class ErrorAnswers {
  private static final String ERROR_CODE = "diffstream-error-code";
  private static final int MAX_MESSAGE = 4000;

  /** What is overloaded, or loads, is asked again after a moment. */
  private static final String RETRY_AFTER_SECONDS = "1";

  private ErrorAnswers() {}

  static MutableHttpResponse<byte[]> fill(
      MutableHttpResponse<?> answer, ErrorBody body, ErrorCode code, String message) {
    String text =
        message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE - 1) + "…";
    if (answer.code() == HttpStatus.SERVICE_UNAVAILABLE.getCode()) {
      answer.header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
    return answer
        .header(ERROR_CODE, code.name())
        .body(body.of(code, text))
        .contentType(MediaType.APPLICATION_JSON_TYPE);
  }
}

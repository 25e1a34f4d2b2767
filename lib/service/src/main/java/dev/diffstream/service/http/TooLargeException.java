package dev.diffstream.service.http;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;

/** A request is larger than the service takes: INVALID_REQUEST, answered with status 413. */
public final class TooLargeException extends DiffstreamException {
  private static final long serialVersionUID = 1L;

  public TooLargeException(String message) {
    super(ErrorCode.INVALID_REQUEST, message);
  }
}

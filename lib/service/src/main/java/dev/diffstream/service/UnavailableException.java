package dev.diffstream.service;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;

/**
 * A request cannot be answered for a reason that is not the caller's: whatever its code, it is
 * answered with a status of 500 or more, 503 if asking again may help.
 */
public final class UnavailableException extends DiffstreamException {
  private static final long serialVersionUID = 1L;

  public UnavailableException(ErrorCode code, String message) {
    super(code, message);
  }

  public int httpStatus() {
    return code().retryable() ? 503 : 500;
  }
}

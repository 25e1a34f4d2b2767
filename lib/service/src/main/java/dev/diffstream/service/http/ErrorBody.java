package dev.diffstream.service.http;

import dev.diffstream.schemas.ErrorCode;

/** The form in which a service answers failures; a bean of the service. */
public interface ErrorBody {
  /** The body of an answer, in JSON. */
  byte[] of(ErrorCode code, String message);
}

package dev.diffstream.gateway.face;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;

/** Why extensions of the protocol are refused: each refusal says what to use instead. */
public final class UnsupportedExtensions {
  private UnsupportedExtensions() {}

  public static DiffstreamException statistics() {
    return new DiffstreamException(
        ErrorCode.INVALID_REQUEST,
        "statistics of the protocol are not supported; requests by task stand at /prometheus");
  }

  /** Loading and unloading at a caller's wish. */
  public static DiffstreamException loading(String task) {
    return new DiffstreamException(
        ErrorCode.INVALID_REQUEST,
        "task " + task + " is loaded and unloaded by announcements of the registry alone");
  }
}

package dev.diffstream.registry.http;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;
import org.jspecify.annotations.Nullable;

/** What callers send. */
public final class RequestBodies {
  private RequestBodies() {}

  /**
   * @throws DiffstreamException INVALID_REQUEST for what is no such object
   */
  public static <T> T read(byte @Nullable [] body, Class<T> type) {
    try {
      return Json.read(body == null ? new byte[0] : body, type, "the request's body");
    } catch (DiffstreamException e) {
      throw new DiffstreamException(ErrorCode.INVALID_REQUEST, e.reason(), e);
    }
  }

  /**
   * A truth value of a query; absent: false.
   *
   * @throws DiffstreamException INVALID_REQUEST for another word
   */
  public static boolean isTrue(String name, @Nullable String text) {
    if (text == null || text.equals("false")) {
      return false;
    }
    if (text.equals("true")) {
      return true;
    }
    throw new DiffstreamException(
        ErrorCode.INVALID_REQUEST, name + " must be true or false, got: " + Bounded.value(text));
  }
}

package dev.diffstream.gateway.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;

/** The JSON of a request. */
public final class RequestJson {
  private RequestJson() {}

  /** INVALID_REQUEST for what is no JSON object. */
  public static JsonNode object(byte[] bytes) {
    JsonNode json = parse(bytes);
    if (!json.isObject()) {
      throw invalid("expected a JSON object, got: " + Bounded.value(json.toString()));
    }
    return json;
  }

  /**
   * A text.
   *
   * @param name what it is called where it is none: INVALID_REQUEST
   */
  public static String text(String name, JsonNode value) {
    if (!value.isTextual()) {
      throw invalid(name + " must be a string, got: " + Bounded.value(value.toString()));
    }
    String text = value.textValue();
    UnpairedSurrogate.in(text)
        .ifPresent(
            at -> {
              throw invalid(
                  name
                      + " has half a surrogate pair, \\u%04x, at %d"
                          .formatted((int) text.charAt(at), at));
            });
    return text;
  }

  private static DiffstreamException invalid(String message) {
    return new DiffstreamException(ErrorCode.INVALID_REQUEST, message);
  }

  /** INVALID_REQUEST for what is no JSON. */
  public static JsonNode parse(byte[] bytes) {
    try {
      return Json.parse(bytes, "the request");
    } catch (DiffstreamException e) {
      throw new DiffstreamException(ErrorCode.INVALID_REQUEST, e.reason(), e);
    }
  }
}

package dev.diffstream.gateway.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.json.Json;

/** The JSON of a request. */
public final class RequestJson {
  private RequestJson() {}

  /** INVALID_REQUEST for what is no JSON. */
  public static JsonNode parse(byte[] bytes) {
    try {
      return Json.parse(bytes, "the request");
    } catch (DiffstreamException e) {
      throw new DiffstreamException(ErrorCode.INVALID_REQUEST, e.reason(), e);
    }
  }
}

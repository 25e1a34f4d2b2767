package dev.diffstream.gateway.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/**
 * How the elements of a text input are to be read: the parameter {@code content_type} of the input,
 * else of the request.
 */
record TextContent(String input, boolean base64) {
  private static final Set<String> PLAIN = Set.of("", "str", "hg_str");

  static TextContent of(String input, JsonNode ofRequest, JsonNode ofInput) {
    JsonNode own = ofInput.path("content_type");
    String type = (own.isMissingNode() ? ofRequest.path("content_type") : own).asText();
    if (!PLAIN.contains(type) && !type.equals("base64")) {
      throw invalid(
          input, "the parameter content_type must be str or base64, got: " + Bounded.value(type));
    }
    return new TextContent(input, type.equals("base64"));
  }

  /** The texts; INVALID_REQUEST for what is none. */
  List<String> decode(List<String> elements) {
    return elements.stream()
        .map(element -> base64 ? fromBase64(element) : checked(element))
        .toList();
  }

  private String fromBase64(String element) {
    try {
      byte[] bytes = Base64.getDecoder().decode(element);
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (IllegalArgumentException | CharacterCodingException e) {
      throw invalid(
          input, "content_type is base64, but an element is not UTF-8 text in base64: " + e);
    }
  }

  /** Half a surrogate pair is no text: it has no UTF-8, and offsets would move behind it. */
  private String checked(String text) {
    int at = 0;
    while (at < text.length()) {
      int point = text.codePointAt(at);
      if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
        throw invalid(
            input, "an element has half a surrogate pair, \\u%04x, at %d".formatted(point, at));
      }
      at += Character.charCount(point);
    }
    return text;
  }

  private static DiffstreamException invalid(String input, String message) {
    return new DiffstreamException(
        ErrorCode.INVALID_REQUEST, "input \"" + input + "\": " + message);
  }
}

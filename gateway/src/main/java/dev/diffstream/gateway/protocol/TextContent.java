package dev.diffstream.gateway.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Base64;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How the elements of a text input are to be read: the parameter {@code content_type} of the input,
 * else of the request.
 */
record TextContent(InputTensor input, boolean base64) {
  private static final String TYPE = "content_type";
  private static final String BASE64 = "base64";
  private static final Set<Object> TYPES = Set.of("", "str", "hg_str", BASE64);

  static TextContent of(InputTensor input, Parameters ofRequest) {
    Object own = input.parameters().get(TYPE);
    Object other = ofRequest.get(TYPE);
    Object type = own != null ? own : other != null ? other : "";
    if (!TYPES.contains(type)) {
      throw input.invalid(
          "the parameter content_type must be str or base64, got: " + Parameters.shown(type));
    }
    return new TextContent(input, type.equals(BASE64));
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
      throw input.invalid(
          "content_type is base64, but an element is not UTF-8 text in base64: " + e);
    }
  }

  private String checked(String text) {
    OptionalInt unpaired = UnpairedSurrogate.in(text);
    if (unpaired.isPresent()) {
      int at = unpaired.getAsInt();
      throw input.invalid(
          "an element has half a surrogate pair, \\u%04x, at %d"
              .formatted((int) text.charAt(at), at));
    }
    return text;
  }
}

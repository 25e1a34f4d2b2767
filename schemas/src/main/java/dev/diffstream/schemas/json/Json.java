package dev.diffstream.schemas.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.IOException;
import java.util.Objects;

/**
 * The one JSON dialect of events, objects and diff metadata: fields in the order of their record,
 * absent instead of null, UTF-8, no white space; unknown fields are ignored when reading, duplicate
 * keys and non-finite numbers are refused.
 */
public final class Json {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .addModule(InstantText.module())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .serializationInclusion(JsonInclude.Include.NON_NULL)
          .build();

  static {
    MAPPER
        .getFactory()
        .setStreamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build());
  }

  private Json() {}

  public static byte[] write(Object value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "not representable as JSON: " + value.getClass().getName(), e);
    }
  }

  /** What {@link #write} would write, as a tree. */
  public static JsonNode tree(Object value) {
    return MAPPER.valueToTree(value);
  }

  /** Maps keep the order of their entries. */
  public static byte[] writeUnsorted(Object value) {
    try {
      return MAPPER
          .writer()
          .without(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "not representable as JSON: " + value.getClass().getName(), e);
    }
  }

  public static String writeText(Object value) {
    return new String(write(value), java.nio.charset.StandardCharsets.UTF_8);
  }

  /** Parses {@code bytes}; {@code what} names the object in the error (INVALID_EVENT). */
  public static JsonNode parse(byte[] bytes, String what) {
    try {
      JsonNode node = MAPPER.readTree(bytes);
      if (node == null || node.isMissingNode()) {
        throw new DiffstreamException(
            ErrorCode.INVALID_EVENT, what + " is empty, expected a JSON object");
      }
      return node;
    } catch (IOException e) {
      throw new DiffstreamException(
          ErrorCode.INVALID_EVENT, what + " is not JSON: " + firstLine(e), e);
    }
  }

  /**
   * Reads {@code bytes} as {@code type}; {@code what} names the object in the error
   * (INVALID_EVENT).
   */
  public static <T> T read(byte[] bytes, Class<T> type, String what) {
    return convert(parse(bytes, what), type, what);
  }

  public static <T> T convert(JsonNode node, Class<T> type, String what) {
    try {
      T value = Objects.requireNonNull(MAPPER.treeToValue(node, type));
      RequiredFields.check(value, "");
      return value;
    } catch (JsonProcessingException | IllegalArgumentException | NullPointerException e) {
      throw new DiffstreamException(
          ErrorCode.INVALID_EVENT,
          what + " is not a " + type.getSimpleName() + ": " + firstLine(e),
          e);
    }
  }

  private static String firstLine(Exception e) {
    String message =
        e instanceof JsonProcessingException j ? j.getOriginalMessage() : e.getMessage();
    return Bounded.text(
        String.valueOf(message).lines().findFirst().orElse(e.getClass().getSimpleName()), 500);
  }
}

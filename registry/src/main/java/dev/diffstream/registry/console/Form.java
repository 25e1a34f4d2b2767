package dev.diffstream.registry.console;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.registry.ActorName;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A form as a browser sent it. */
public record Form(Map<String, List<String>> fields) {

  public static Form of(@Nullable String body) {
    return new Form(new QueryStringDecoder(body == null ? "" : body, false).parameters());
  }

  /** Null where the field is absent or empty. */
  public @Nullable String text(String name) {
    List<String> values = all(name);
    return values.isEmpty() || values.getFirst().isBlank() ? null : values.getFirst().strip();
  }

  public List<String> all(String name) {
    return fields.getOrDefault(name, List.of());
  }

  /**
   * @throws DiffstreamException INVALID_REQUEST if it lacks
   */
  public String required(String name) {
    String text = text(name);
    if (text == null) {
      throw new DiffstreamException(ErrorCode.INVALID_REQUEST, "the form lacks " + name);
    }
    return text;
  }

  /** Null where the field is absent. */
  public @Nullable Long number(String name) {
    String text = text(name);
    try {
      return text == null ? null : (Long) Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw invalid(name, "a whole number", text, e);
    }
  }

  /** Null where the field is absent. */
  public @Nullable Double decimal(String name) {
    String text = text(name);
    try {
      return text == null ? null : (Double) Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw invalid(name, "a number", text, e);
    }
  }

  /** Who sends it: the holder of the key that they signed in with, or as they say. */
  public ActorName actor() {
    Optional<ActorName> verified = Actors.verified();
    if (verified.isPresent()) {
      return verified.get();
    }
    String name = text("actor");
    return name == null ? ActorName.ANONYMOUS : new ActorName(name);
  }

  private static DiffstreamException invalid(
      String name, String expected, @Nullable String text, Exception cause) {
    return new DiffstreamException(
        ErrorCode.INVALID_REQUEST,
        name + " must be " + expected + ", got: " + Bounded.value(String.valueOf(text)),
        cause);
  }
}

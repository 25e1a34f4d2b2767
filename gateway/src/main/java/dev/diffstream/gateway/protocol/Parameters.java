package dev.diffstream.gateway.protocol;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Parameters of a request, of an input or of an output, as they were sent. Those that nobody reads
 * are ignored.
 *
 * @param values Boolean, Long, Double or String by name; of another type what no parameter may be,
 *     whose text tells what came
 */
public record Parameters(Map<String, Object> values) {
  public static final Parameters NONE = new Parameters(Map.of());

  public Parameters {
    values = Map.copyOf(values);
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  @Nullable Object get(String name) {
    return values.get(name);
  }

  /**
   * @param what names the parameter in the refusal of what is neither true nor false
   */
  boolean flag(String what, String name, boolean absent) {
    Object value = values.getOrDefault(name, absent);
    if (!(value instanceof Boolean flag)) {
      throw new DiffstreamException(
          ErrorCode.INVALID_REQUEST, what + " must be true or false, got: " + shown(value));
    }
    return flag;
  }

  /** A value as a message quotes it. */
  static String shown(Object value) {
    return Bounded.value(value instanceof String text ? '"' + text + '"' : value.toString());
  }
}

package dev.diffstream.registry.http;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import org.jspecify.annotations.Nullable;

/** Numbers of a query. */
public final class WholeNumber {
  private WholeNumber() {}

  /**
   * @param text null: the default
   * @throws DiffstreamException INVALID_REQUEST for what is no whole number of this range
   */
  public static long parse(
      String name, @Nullable String text, long byDefault, long least, long most) {
    try {
      long number = text == null ? byDefault : Long.parseLong(text);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // reported below, with what was expected
    }
    throw new DiffstreamException(
        ErrorCode.INVALID_REQUEST,
        "%s must be a whole number from %d to %d, got: %s"
            .formatted(name, least, most, Bounded.value(String.valueOf(text))));
  }
}

package dev.diffstream.schemas;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The code of a failure as it stands in events and objects: one of {@link ErrorCode}, or one that a
 * newer program wrote. An unknown code is a permanent failure of that name.
 */
public record FailureCode(@JsonValue String name) {
  private static final Pattern FORM = Pattern.compile("[A-Z][A-Z0-9_]{0,63}");

  @JsonCreator
  public FailureCode {
    if (!FORM.matcher(name).matches()) {
      throw new DiffstreamException(
          ErrorCode.INVALID_EVENT,
          "an error code must match " + FORM.pattern() + ", got: " + Bounded.text(name, 80));
    }
  }

  public static FailureCode of(ErrorCode code) {
    return new FailureCode(code.name());
  }

  /** The code, if this program knows it. */
  public Optional<ErrorCode> known() {
    return Arrays.stream(ErrorCode.values()).filter(code -> code.name().equals(name)).findFirst();
  }

  /** The code, or UNSUPPORTED_VERSION for one of a newer program. */
  public ErrorCode orUnsupported() {
    return known().orElse(ErrorCode.UNSUPPORTED_VERSION);
  }

  public boolean is(ErrorCode code) {
    return name.equals(code.name());
  }

  /** Whether the same request may succeed when it is sent again; false for unknown codes. */
  public boolean retryable() {
    return known().map(ErrorCode::retryable).orElse(false);
  }

  @Override
  public String toString() {
    return name;
  }
}

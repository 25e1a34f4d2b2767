package dev.diffstream.schemas;

import org.jspecify.annotations.Nullable;

/**
 * A failure with its {@link ErrorCode}. The message says what failed, on which object, and what was
 * expected. It is cut to {@link Bounded#MESSAGE_CHARS}: what it quotes may be of any length.
 */
public class DiffstreamException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  public DiffstreamException(ErrorCode code, String message) {
    this(code, message, null);
  }

  public DiffstreamException(ErrorCode code, String message, @Nullable Throwable cause) {
    super(Bounded.message(message), cause);
    this.code = code;
  }

  public ErrorCode code() {
    return code;
  }

  /** The message without the code, which travels in a field of its own. */
  public String reason() {
    return String.valueOf(super.getMessage());
  }

  @Override
  public String getMessage() {
    return code + ": " + super.getMessage();
  }
}

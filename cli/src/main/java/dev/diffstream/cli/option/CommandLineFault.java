package dev.diffstream.cli.option;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.function.Supplier;

/** Tells a fault in the options of a command from a fault in somebody else's event. */
public final class CommandLineFault {
  private CommandLineFault() {}

  /** What {@code read} makes of options; its INVALID_EVENT becomes INVALID_REQUEST. */
  public static <T> T in(Supplier<T> read) {
    try {
      return read.get();
    } catch (DiffstreamException e) {
      if (e.code() == ErrorCode.INVALID_EVENT) {
        throw new DiffstreamException(ErrorCode.INVALID_REQUEST, e.reason(), e);
      }
      throw e;
    }
  }
}

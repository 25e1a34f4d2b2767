package dev.diffstream.base.engine;

import ai.djl.engine.EngineException;
import org.jspecify.annotations.Nullable;

/** The tensor engine could not allocate memory for a call; what the call had allocated is freed. */
public final class EngineMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public EngineMemoryException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /**
   * The exception itself, or one of this class if the engine ran out of memory. The engine has no
   * exception type for that: on a processor the message holds "can't allocate memory", on a GPU
   * "out of memory".
   */
  public static RuntimeException translated(RuntimeException e) {
    String message = String.valueOf(e.getMessage());
    boolean memory =
        e instanceof EngineException
            && (message.contains("allocate memory") || message.contains("out of memory"));
    return memory ? new EngineMemoryException(message.lines().findFirst().orElse(""), e) : e;
  }
}

package dev.diffstream.worker.training;

/**
 * The base in memory is not the one that was loaded. Whatever is learned on it would carry the
 * wrong digest, and only a fresh process helps: this is an Error, so that it ends this one.
 */
public final class DamagedBaseError extends Error {
  private static final long serialVersionUID = 1L;

  DamagedBaseError(String message, Throwable cause) {
    super(message, cause);
  }
}

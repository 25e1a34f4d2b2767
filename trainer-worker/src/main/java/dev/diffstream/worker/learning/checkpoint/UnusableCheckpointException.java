package dev.diffstream.worker.learning.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;

/** A checkpoint that cannot be read, or holds other sections than its reader expects. */
public final class UnusableCheckpointException extends UncheckedIOException {
  private static final long serialVersionUID = 1L;

  UnusableCheckpointException(String message, IOException cause) {
    super(message, cause);
  }
}

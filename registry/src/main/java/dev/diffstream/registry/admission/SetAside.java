package dev.diffstream.registry.admission;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.service.Quarantine;

/** Objects that cannot be read hold back nothing but themselves (I9). */
final class SetAside {
  private final Quarantine quarantine;

  SetAside(Quarantine quarantine) {
    this.quarantine = quarantine;
  }

  /**
   * Reads an object; where it breaks its form, or may not be read, that is shown by health.
   *
   * @return false if it could not be read
   * @throws DiffstreamException that may pass
   */
  boolean unlessReadable(String key, Runnable read) {
    try {
      read.run();
      quarantine.resolve(key);
      return true;
    } catch (DiffstreamException e) {
      if (e.code().retryable()) {
        throw e;
      }
      if (!quarantine.contains(key)) {
        quarantine.add(key, e);
      }
      return false;
    }
  }
}

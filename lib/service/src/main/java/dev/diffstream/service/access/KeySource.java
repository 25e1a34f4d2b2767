package dev.diffstream.service.access;

import dev.diffstream.schemas.DiffstreamException;

/** Where keys are known from. Belongs to one thread. */
interface KeySource {
  /**
   * The keys as they are now.
   *
   * @throws DiffstreamException if that cannot be told; what was known before goes on
   */
  KeyRing read();
}

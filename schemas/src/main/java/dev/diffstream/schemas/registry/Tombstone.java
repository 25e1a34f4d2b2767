package dev.diffstream.schemas.registry;

import dev.diffstream.schemas.Bounded;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A deleted version: its slot stays, so that its event never makes another, and the bytes of its
 * diff may be removed.
 *
 * @param digest of the diff that the version named
 */
public record Tombstone(
    String taskId,
    long version,
    String digest,
    String actor,
    @Nullable String requestId,
    @Nullable String reason,
    Instant created) {
  public Tombstone {
    reason = reason == null ? null : Bounded.message(reason);
  }
}

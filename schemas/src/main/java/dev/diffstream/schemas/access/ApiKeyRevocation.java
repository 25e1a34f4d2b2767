package dev.diffstream.schemas.access;

import dev.diffstream.schemas.Bounded;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An API key is valid no more: {@code access/revocations/<key id>.json}, put if absent. That the
 * object is there revokes the key, whatever it holds.
 *
 * @param actor who revoked it
 */
public record ApiKeyRevocation(
    String keyId, String actor, @Nullable String reason, Instant created) {
  public ApiKeyRevocation {
    reason = reason == null ? null : Bounded.message(reason);
  }
}

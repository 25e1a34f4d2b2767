package dev.diffstream.schemas.event;

import dev.diffstream.schemas.Bounded;
import org.jspecify.annotations.Nullable;

/**
 * What happened to an API key, or what was refused for want of one.
 *
 * @param action {@code key-created}, {@code key-revoked} or {@code refused}
 * @param actor who did it, or was refused; {@code anonymous} without a valid key
 * @param keyId of the key in question; absent where no known key was presented
 * @param service that refused, such as {@code gateway}
 * @param code why it refused
 * @param attempts how many refusals of this kind this record stands for
 * @param detail such as the reason of a revocation, or the route that was refused first
 */
public record AccessRecorded(
    String action,
    String actor,
    @Nullable String keyId,
    @Nullable String service,
    @Nullable String code,
    @Nullable Long attempts,
    @Nullable String detail)
    implements Event {
  public static final String KEY_CREATED = "key-created";
  public static final String KEY_REVOKED = "key-revoked";
  public static final String REFUSED = "refused";

  public AccessRecorded {
    detail = detail == null ? null : Bounded.message(detail);
  }

  /** The key, or {@code access}. */
  @Override
  public String subject() {
    return keyId == null ? "access" : keyId;
  }
}

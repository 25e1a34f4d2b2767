package dev.diffstream.schemas.access;

import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.registry.ActorName;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an API key: {@code access/keys/<id>.json}, put if absent and never changed. The
 * secret itself is stored nowhere.
 *
 * @param id the first 16 hex digits of {@code digest}
 * @param name who holds it: the actor of whatever is done with it
 * @param roles see {@link Role#text}; readers ignore others
 * @param tenant whose tasks it is for, the owner of these; absent: those of all
 * @param digest SHA-256 of the secret, 64 hex digits
 * @param createdBy the actor that made it
 * @param expires from then on it is valid no more; absent: never
 */
public record ApiKey(
    String id,
    String name,
    List<String> roles,
    @Nullable String tenant,
    String digest,
    String createdBy,
    Instant created,
    @Nullable Instant expires) {
  /** Of its object, at most. */
  public static final long MAX_BYTES = 64 << 10;

  private static final Pattern TENANT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@-]{0,127}");

  /** INVALID_REQUEST for what is no such key. */
  public ApiKey {
    roles = List.copyOf(roles);
    ActorName holder = new ActorName(name);
    if (!Sha256.isValid(digest) || !id.equals(ApiKeySecret.id(digest))) {
      throw invalid("digest must be 64 hex digits whose first 16 are the id", id + " " + digest);
    }
    if (holder.equals(ActorName.ANONYMOUS)) {
      throw invalid("a key's name must be another than", name);
    }
    if (tenant != null && !TENANT.matcher(tenant).matches()) {
      throw invalid("a tenant must be 1 to 128 letters, digits, '.', '_', '@' and '-'", tenant);
    }
  }

  /** Whether it is valid no more at this time, if nobody has revoked it before. */
  public boolean hasExpired(Instant now) {
    return expires != null && !now.isBefore(expires);
  }

  private static DiffstreamException invalid(String expected, String got) {
    return new DiffstreamException(
        ErrorCode.INVALID_REQUEST, expected + ", got: " + Bounded.value(got));
  }
}

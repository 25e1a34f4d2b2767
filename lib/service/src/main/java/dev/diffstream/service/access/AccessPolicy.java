package dev.diffstream.service.access;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.access.ApiKeySecret;
import dev.diffstream.schemas.registry.ActorName;
import dev.diffstream.service.UnavailableException;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides who asks and what they may, for every face of a service alike. A decision is a SHA-256
 * over 47 characters and a look-up in an immutable map: no lock, no input or output. The look-up
 * needs no comparison in constant time: it is by the hash of 256 random bits, and how far a wrong
 * hash agrees with a right one tells nothing of the secret.
 */
public final class AccessPolicy {
  /** The request header of HTTP, and the metadata of gRPC, that carry a key. */
  public static final String HEADER = "Authorization";

  private final Supplier<@Nullable KeyRing> keys;
  private final boolean on;
  private final InstantSource clock;
  private final Refusals refusals;

  private AccessPolicy(
      Supplier<@Nullable KeyRing> keys, boolean on, InstantSource clock, Refusals refusals) {
    this.keys = keys;
    this.on = on;
    this.clock = clock;
    this.refusals = refusals;
  }

  /** No key is needed, and callers are who they say they are. */
  public static AccessPolicy open() {
    return new AccessPolicy(() -> KeyRing.EMPTY, false, InstantSource.system(), Refusals.untold());
  }

  /**
   * @param keys the newest; null while none were read yet
   * @param refusals hears of what is refused
   */
  public static AccessPolicy of(
      Supplier<@Nullable KeyRing> keys, InstantSource clock, Refusals refusals) {
    return new AccessPolicy(keys, true, clock, refusals);
  }

  /** Whether a key is needed. */
  public boolean isOn() {
    return on;
  }

  /**
   * Who asks by these headers.
   *
   * @param authorization all values of {@link #HEADER}
   * @param actors all values of {@link ActorName#HEADER}, which count where no key is needed
   * @return {@link Principal#NOBODY} where a key is needed and none is presented
   * @throws DiffstreamException UNAUTHENTICATED for a key that is not valid; NOT_READY while no
   *     keys are known; INVALID_REQUEST for an actor's name of another form
   */
  public Principal identify(List<String> authorization, List<String> actors) {
    if (!on) {
      return Principal.unrestricted(ActorName.ofHeaders(actors));
    }
    if (authorization.isEmpty()) {
      return Principal.NOBODY;
    }
    return of(authorization.size() == 1 ? secret(authorization.getFirst()) : "");
  }

  /** As {@link #identify}, of a key that somebody typed. */
  public Principal of(String secret) {
    return ofDigest(ApiKeySecret.isValid(secret) ? ApiKeySecret.digest(secret) : "");
  }

  /** As {@link #of(String)}, of the digest of a key. */
  public Principal ofDigest(String digest) {
    KeyRing known = keys.get();
    if (known == null) {
      throw new UnavailableException(ErrorCode.NOT_READY, "the API keys are not read yet");
    }
    Principal found = known.find(digest, clock.instant());
    if (found == null) {
      throw new DiffstreamException(
          ErrorCode.UNAUTHENTICATED, "the API key is unknown, revoked or expired");
    }
    return found;
  }

  private static String secret(String header) {
    String scheme = ApiKeySecret.SCHEME;
    return header.regionMatches(true, 0, scheme, 0, scheme.length())
        ? header.substring(scheme.length()).strip()
        : "";
  }

  /**
   * Who asks a route. An open one is asked by anybody, such as a probe of health with an old key,
   * whose key is then nobody's.
   *
   * @param permission of the route; null for one that says nothing
   * @param identify as {@link #identify} or {@link #ofDigest}
   * @throws DiffstreamException as {@code identify}; INVALID_REQUEST of an open route too
   */
  public static Principal asker(@Nullable Permission permission, Supplier<Principal> identify) {
    try {
      return identify.get();
    } catch (DiffstreamException e) {
      if (permission == Permission.OPEN && e.code() != ErrorCode.INVALID_REQUEST) {
        return Principal.NOBODY;
      }
      throw e;
    }
  }

  /**
   * @param permission null for a route that says nothing: refused where a key is needed
   * @throws DiffstreamException UNAUTHENTICATED without a key, PERMISSION_DENIED with one that does
   *     not suffice
   */
  public void check(Principal principal, @Nullable Permission permission) {
    if (!on) {
      return;
    }
    if (permission != null && principal.may(permission)) {
      return;
    }
    if (principal.keyId() == null) {
      throw new DiffstreamException(
          ErrorCode.UNAUTHENTICATED, "expected the header Authorization: Bearer <API key>");
    }
    throw new DiffstreamException(
        ErrorCode.PERMISSION_DENIED, "this key may not do this: " + needed(permission));
  }

  private static String needed(@Nullable Permission permission) {
    if (permission == null) {
      return "nobody may";
    }
    String roles =
        String.join(" or ", permission.roles().stream().map(role -> role.text()).sorted().toList());
    return "it takes the role " + roles + (permission.ofAllTenants() ? ", of all tenants" : "");
  }

  /**
   * Somebody was refused: it is counted, and told of.
   *
   * @param what such as method and path
   */
  public void refused(Principal principal, ErrorCode code, String what) {
    refusals.add(principal, code, what);
  }
}

package dev.diffstream.schemas.registry;

import org.jspecify.annotations.Nullable;

/**
 * What an alias names: a version, the digest of its diff and that of its base.
 *
 * @param weight of a canary: the share of requests that it answers, above 0 and at most 1; absent
 *     for other aliases
 */
public record AliasTarget(long version, String digest, String baseDigest, @Nullable Double weight) {

  /** A target that takes no share of another's requests. */
  public AliasTarget(long version, String digest, String baseDigest) {
    this(version, digest, baseDigest, null);
  }

  /** The target of an alias that names {@code version}. */
  public static AliasTarget of(VersionRecord version) {
    return new AliasTarget(version.version(), version.digest(), version.baseDigest());
  }
}

package dev.diffstream.gateway.cache;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.signature.TrustedKeys;
import dev.diffstream.service.StoredDiffs;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads diff files out of the cache and, where it has none, out of the bucket. What holds of a diff
 * from the bucket holds of a cached one: its bytes have its digest, and a trusted key signed it.
 */
public final class CachedDiffs {
  private final ObjectStore store;
  private final DiffCache cache;
  private final long maxDiffBytes;
  private final TrustedKeys trustedKeys;

  /**
   * @param maxDiffBytes larger files fail with QUOTA_EXCEEDED
   * @param trustedKeys one of them must have signed a diff, if there are any
   */
  public CachedDiffs(
      ObjectStore store, DiffCache cache, long maxDiffBytes, TrustedKeys trustedKeys) {
    this.store = store;
    this.cache = cache;
    this.maxDiffBytes = maxDiffBytes;
    this.trustedKeys = trustedKeys;
  }

  /**
   * A diff file that was checked.
   *
   * @param cached whether it came out of the cache
   * @param signatures that were read from the bucket, by their keys
   */
  public record Fetched(
      String digest, byte[] bytes, boolean cached, Map<String, byte[]> signatures) {}

  /** Fails as {@link StoredDiffs#fetch} does. */
  public Fetched fetch(String digest) {
    Optional<byte[]> cached = cache.read(digest, maxDiffBytes);
    byte[] bytes =
        cached.orElseGet(() -> StoredDiffs.fetch(store, digest, maxDiffBytes, TrustedKeys.NONE));
    Map<String, byte[]> signatures = new LinkedHashMap<>();
    if (cached.isEmpty() || !isSignedByCached(digest)) {
      trustedKeys.check(
          digest,
          (key, maxBytes) -> {
            Optional<byte[]> bundle = store.get(key, maxBytes);
            bundle.ifPresent(found -> signatures.put(key, found));
            return bundle;
          });
    }
    return new Fetched(digest, bytes, cached.isPresent(), signatures);
  }

  /** False also where a cached signature is damaged, or is one of keys that count no more. */
  private boolean isSignedByCached(String digest) {
    try {
      trustedKeys.check(digest, cache::signature);
      return true;
    } catch (DiffstreamException e) {
      if (e.code() == ErrorCode.SIGNATURE_INVALID) {
        return false;
      }
      throw e;
    }
  }

  /** Keeps in the cache what was not read from there. */
  public void keep(Fetched fetched) {
    if (!fetched.cached()) {
      cache.write(fetched.digest(), fetched.bytes(), fetched.signatures());
    } else if (!fetched.signatures().isEmpty()) {
      cache.writeSignatures(fetched.digest(), fetched.signatures());
    }
  }
}

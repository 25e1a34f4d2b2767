package dev.diffstream.service.access;

import dev.diffstream.schemas.access.ApiKey;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The keys that are valid, as of one moment; immutable. Found by the digest of their secrets. */
public final class KeyRing {
  public static final KeyRing EMPTY = new KeyRing(Set.of(), Set.of());

  private record Entry(Principal principal, ApiKey key) {}

  private final Map<String, Entry> byDigest;

  /**
   * @param revoked ids of keys that are valid no more
   */
  public KeyRing(Collection<ApiKey> keys, Set<String> revoked) {
    Map<String, Entry> entries = new HashMap<>();
    for (ApiKey key : keys) {
      if (!revoked.contains(key.id())) {
        entries.put(key.digest(), new Entry(Principal.of(key), key));
      }
    }
    byDigest = Map.copyOf(entries);
  }

  /** Whose key it is; null for one that is unknown, revoked or expired. */
  @Nullable Principal find(String digest, Instant now) {
    Entry entry = byDigest.get(digest);
    return entry == null || entry.key.hasExpired(now) ? null : entry.principal;
  }

  public int size() {
    return byDigest.size();
  }
}

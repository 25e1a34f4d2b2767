package dev.diffstream.gateway.cache;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Keeps nothing. */
final class NoCache implements DiffCache {
  private final CacheCounts counts = new CacheCounts();

  @Override
  public boolean contains(String digest) {
    return false;
  }

  @Override
  public Optional<byte[]> read(String digest, long maxBytes) {
    return Optional.empty();
  }

  @Override
  public Optional<byte[]> signature(String key, long maxBytes) {
    return Optional.empty();
  }

  @Override
  public void write(String digest, byte[] diff, Map<String, byte[]> signatures) {}

  @Override
  public void writeSignatures(String digest, Map<String, byte[]> signatures) {}

  @Override
  public boolean isTested(String digest, String fingerprint) {
    return false;
  }

  @Override
  public void tested(String digest, String fingerprint) {}

  @Override
  public void untested(String digest) {}

  @Override
  public boolean isOverBound() {
    return false;
  }

  @Override
  public void evict(Set<String> inUse) {}

  @Override
  public long bytes() {
    return 0;
  }

  @Override
  public CacheCounts counts() {
    return counts;
  }
}

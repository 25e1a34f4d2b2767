package dev.diffstream.gateway.cache;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Diff files kept near the gateway, with their signatures and the word that their probes passed. It
 * may lose anything at any time; what it returns has the digest that was asked for. It never fails:
 * what it cannot read is not there, and what it cannot write is counted and left out.
 *
 * <p>Thread-safe.
 */
public interface DiffCache {
  /** Keeps nothing. */
  DiffCache NONE = new NoCache();

  /** Whether a file of this digest was there last; it may be damaged. Looks at no disk. */
  boolean contains(String digest);

  /**
   * The file of this digest, whose bytes have this digest; counts a hit or a miss.
   *
   * @param maxBytes larger files are not read
   */
  Optional<byte[]> read(String digest, long maxBytes);

  /**
   * What was kept of a signature. Nothing says that it is undamaged; verify it.
   *
   * @param key of the object in the bucket
   */
  Optional<byte[]> signature(String key, long maxBytes);

  /**
   * Keeps a diff.
   *
   * @param signatures of it, by the keys of their objects
   */
  void write(String digest, byte[] diff, Map<String, byte[]> signatures);

  /** Keeps signatures of a diff, by the keys of their objects. */
  void writeSignatures(String digest, Map<String, byte[]> signatures);

  /** Whether the probes of the diff passed under this fingerprint. */
  boolean isTested(String digest, String fingerprint);

  /** The probes of the diff passed. Without a file of the diff it is forgotten. */
  void tested(String digest, String fingerprint);

  /** The probes of the diff did not pass after all. */
  void untested(String digest);

  /** Whether it holds more than it should. */
  boolean isOverBound();

  /** Removes what was not used for longest, as far as the bound asks and {@code inUse} allows. */
  void evict(Set<String> inUse);

  /** Length of its files in bytes. */
  long bytes();

  CacheCounts counts();
}

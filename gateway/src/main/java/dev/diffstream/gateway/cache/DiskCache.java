package dev.diffstream.gateway.cache;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.diffstream.schemas.Sha256;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A cache in a directory: {@code <digest>} is a diff file, {@code <digest>.<key id>.sig} a
 * signature of it, {@code <digest>.tested} the fingerprint under which its probes passed. Other
 * files are left alone.
 */
public final class DiskCache implements DiffCache {
  private static final Logger LOG = LoggerFactory.getLogger(DiskCache.class);
  private static final Pattern NAME =
      Pattern.compile("([0-9a-f]{64})(\\.[0-9a-f]{64}\\.sig|\\.tested)?");
  private static final String TESTED = ".tested";
  private static final long MAX_FINGERPRINT = 4096;

  private final CacheDirectory directory;
  private final long maxBytes;
  private final InstantSource clock;
  private final CacheCounts counts = new CacheCounts();
  private final ConcurrentMap<String, Kept> kept = new ConcurrentHashMap<>();

  /**
   * The files of a diff.
   *
   * @param bytes length by name
   */
  private record Kept(Map<String, Long> bytes, Instant used) {
    Kept with(String name, long length, Instant now) {
      Map<String, Long> next = new HashMap<>(bytes);
      next.put(name, length);
      return new Kept(Map.copyOf(next), now);
    }

    long sum() {
      return bytes.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  private DiskCache(Path directory, long maxBytes, InstantSource clock) {
    this.directory = new CacheDirectory(directory, counts.failures());
    this.maxBytes = maxBytes;
    this.clock = clock;
  }

  /**
   * Opens or makes a cache. A directory that cannot be used is warned of, and holds nothing.
   *
   * @param maxBytes that it may hold, beside what is in use
   * @param clock says when a file was used
   */
  public static DiskCache open(Path directory, long maxBytes, InstantSource clock) {
    DiskCache cache = new DiskCache(directory, maxBytes, clock);
    cache.directory.open().forEach(cache::found);
    LOG.info(
        "cache of diffs in {}: {} diffs, {} bytes", directory, cache.kept.size(), cache.bytes());
    return cache;
  }

  private void found(CacheDirectory.Found file) {
    Matcher name = NAME.matcher(file.name());
    if (name.matches()) {
      kept.merge(
          name.group(1),
          new Kept(Map.of(file.name(), file.bytes()), file.modified()),
          (one, other) ->
              one.with(
                  file.name(), file.bytes(), one.used.isAfter(other.used) ? one.used : other.used));
    }
  }

  @Override
  public boolean contains(String digest) {
    Kept files = kept.get(digest);
    return files != null && files.bytes.containsKey(digest);
  }

  @Override
  public Optional<byte[]> read(String digest, long maxBytes) {
    Optional<byte[]> read = contains(digest) ? directory.read(digest, maxBytes) : Optional.empty();
    Optional<byte[]> sound = read.filter(bytes -> Sha256.of(bytes).equals(digest));
    if (sound.isPresent()) {
      counts.hits().increment();
      Instant now = clock.instant();
      kept.computeIfPresent(digest, (same, files) -> new Kept(files.bytes, now));
      directory.touch(digest, now);
      return sound;
    }
    counts.misses().increment();
    if (read.isPresent()) {
      counts.damaged().increment();
      LOG.warn("the cached diff {} is damaged, it is fetched again", digest);
      remove(digest);
    } else if (contains(digest) && !directory.exists(digest)) {
      kept.remove(digest);
    }
    return Optional.empty();
  }

  @Override
  public Optional<byte[]> signature(String key, long maxBytes) {
    return directory.read(fileOf(key), maxBytes);
  }

  @Override
  public void write(String digest, byte[] diff, Map<String, byte[]> signatures) {
    if (write(digest, digest, diff)) {
      writeSignatures(digest, signatures);
    }
  }

  @Override
  public void writeSignatures(String digest, Map<String, byte[]> signatures) {
    if (contains(digest)) {
      signatures.forEach((key, bytes) -> write(digest, fileOf(key), bytes));
    }
  }

  private boolean write(String digest, String name, byte[] bytes) {
    if (!directory.write(name, bytes)) {
      return false;
    }
    Instant now = clock.instant();
    directory.touch(name, now);
    kept.compute(
        digest,
        (same, files) ->
            files == null
                ? new Kept(Map.of(name, (long) bytes.length), now)
                : files.with(name, bytes.length, now));
    return true;
  }

  private static String fileOf(String key) {
    String name = key.substring(key.lastIndexOf('/') + 1);
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("expected the key of a diff's signature, got " + key);
    }
    return name;
  }

  @Override
  public boolean isTested(String digest, String fingerprint) {
    return contains(digest)
        && directory
            .read(digest + TESTED, MAX_FINGERPRINT)
            .filter(bytes -> new String(bytes, UTF_8).equals(fingerprint))
            .isPresent();
  }

  @Override
  public void tested(String digest, String fingerprint) {
    if (contains(digest)) {
      write(digest, digest + TESTED, fingerprint.getBytes(UTF_8));
    }
  }

  @Override
  public void untested(String digest) {
    directory.delete(digest + TESTED);
  }

  @Override
  public boolean isOverBound() {
    return bytes() > maxBytes;
  }

  @Override
  public void evict(Set<String> inUse) {
    record Candidate(String digest, Kept files) {}
    List<Candidate> candidates = new ArrayList<>();
    kept.forEach(
        (digest, files) -> {
          if (!inUse.contains(digest)) {
            candidates.add(new Candidate(digest, files));
          }
        });
    candidates.sort(Comparator.comparing(c -> c.files().used()));
    long over = bytes() - maxBytes;
    for (Candidate candidate : candidates) {
      if (over <= 0) {
        return;
      }
      over -= candidate.files().sum();
      remove(candidate.digest());
      counts.evictions().increment();
    }
  }

  /** The diff first: what lies beside it is of no use alone. */
  private void remove(String digest) {
    Kept files = kept.remove(digest);
    if (files != null) {
      directory.delete(digest);
      files.bytes.keySet().forEach(directory::delete);
    }
  }

  @Override
  public long bytes() {
    return kept.values().stream().mapToLong(Kept::sum).sum();
  }

  @Override
  public CacheCounts counts() {
    return counts;
  }
}

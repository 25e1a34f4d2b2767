package dev.diffstream.objectstore;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;

/**
 * A bucket in the heap, for tests of what stands on a store; it keeps the same contract as a server
 * but loses everything with the process.
 *
 * <p>Thread-safe.
 */
public final class MemoryObjectStore implements ObjectStore {
  private static final Comparator<String> BYTE_ORDER =
      Comparator.comparing(key -> key.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

  private final ConcurrentNavigableMap<String, Entry> entries =
      new ConcurrentSkipListMap<>(BYTE_ORDER);
  private volatile boolean closed;

  private static final class Entry {
    private final byte[] bytes;
    private final Map<String, String> metadata;

    Entry(byte[] bytes, Map<String, String> metadata) {
      this.bytes = bytes.clone();
      this.metadata = Checked.metadata(metadata);
    }
  }

  @Override
  public Optional<ObjectInfo> stat(String key) {
    return find(key).map(entry -> new ObjectInfo(key, entry.bytes.length, entry.metadata));
  }

  @Override
  public Optional<byte[]> get(String key, long maxBytes) {
    Optional<Entry> found = find(key);
    if (found.isPresent() && found.get().bytes.length > maxBytes) {
      throw new DiffstreamException(
          ErrorCode.QUOTA_EXCEEDED,
          key
              + " has "
              + found.get().bytes.length
              + " bytes, at most "
              + maxBytes
              + " are read at once");
    }
    return found.map(entry -> entry.bytes.clone());
  }

  @Override
  public Optional<byte[]> getRange(String key, long offset, int length) {
    Checked.range(offset, length);
    return find(key).map(entry -> range(entry.bytes, offset, length));
  }

  private static byte[] range(byte[] bytes, long offset, int length) {
    int from = (int) Math.min(offset, bytes.length);
    int to = (int) Math.min((long) from + length, bytes.length);
    return Arrays.copyOfRange(bytes, from, to);
  }

  @Override
  public Optional<InputStream> open(String key) {
    return find(key).map(entry -> new ByteArrayInputStream(entry.bytes));
  }

  @Override
  public void put(String key, byte[] bytes, Map<String, String> metadata) {
    opened().put(Checked.key(key), new Entry(bytes, metadata));
  }

  @Override
  public PutOutcome putIfAbsent(String key, byte[] bytes, Map<String, String> metadata) {
    Entry before = opened().putIfAbsent(Checked.key(key), new Entry(bytes, metadata));
    return before == null ? PutOutcome.CREATED : PutOutcome.EXISTS;
  }

  @Override
  public void upload(String key, InputStream content, Map<String, String> metadata) {
    opened();
    try {
      put(key, content.readAllBytes(), metadata);
    } catch (IOException failed) {
      throw new DiffstreamException(
          ErrorCode.DATA_UNREADABLE,
          "the content of " + key + " cannot be read: " + failed,
          failed);
    }
  }

  @Override
  public Stream<String> list(String prefix) {
    return entries(prefix, "").map(Listed::key);
  }

  @Override
  public Stream<Listed> entries(String prefix, String after) {
    boolean fromFirst = BYTE_ORDER.compare(after, Checked.prefix(prefix)) < 0;
    return opened().tailMap(fromFirst ? prefix : after, fromFirst).entrySet().stream()
        .takeWhile(entry -> entry.getKey().startsWith(prefix))
        .map(entry -> listed(entry.getKey(), entry.getValue().bytes));
  }

  private static Listed listed(String key, byte[] bytes) {
    return new Listed(key, bytes.length, Integer.toHexString(Arrays.hashCode(bytes)));
  }

  @Override
  public void delete(String key) {
    opened().remove(Checked.key(key));
  }

  @Override
  public void close() {
    closed = true;
  }

  private Optional<Entry> find(String key) {
    return Optional.ofNullable(opened().get(Checked.key(key)));
  }

  private ConcurrentNavigableMap<String, Entry> opened() {
    if (closed) {
      throw new DiffstreamException(ErrorCode.OVERLOADED, "the object store is closed");
    }
    return entries;
  }
}

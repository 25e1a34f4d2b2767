package dev.diffstream.worker;

import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A memory store that notes its writes in a journal and, where a test says so, answers that it is
 * away or refuses, or breaks off in the middle of a stream.
 */
public final class RecordingStore implements ObjectStore {
  private final MemoryObjectStore store = new MemoryObjectStore();
  private final List<String> journal;

  /** So many of the next calls fail with OVERLOADED. */
  public final AtomicInteger away = new AtomicInteger();

  /** Every call fails with DATA_FORBIDDEN. */
  public boolean forbidden;

  /** So many of the next streams break off behind their first half. */
  public final AtomicInteger breaking = new AtomicInteger();

  public RecordingStore(List<String> journal) {
    this.journal = journal;
  }

  private MemoryObjectStore store() {
    if (away.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      throw new DiffstreamException(ErrorCode.OVERLOADED, "the store is away");
    }
    if (forbidden) {
      throw new DiffstreamException(ErrorCode.DATA_FORBIDDEN, "the credentials were withdrawn");
    }
    return store;
  }

  @Override
  public Optional<ObjectInfo> stat(String key) {
    return store().stat(key);
  }

  @Override
  public Optional<byte[]> get(String key, long maxBytes) {
    return store().get(key, maxBytes);
  }

  @Override
  public Optional<byte[]> getRange(String key, long offset, int length) {
    return store().getRange(key, offset, length);
  }

  @Override
  public Optional<InputStream> open(String key) {
    Optional<InputStream> whole = store().open(key);
    if (breaking.getAndUpdate(n -> Math.max(0, n - 1)) == 0) {
      return whole;
    }
    int half = (int) (store.stat(key).orElseThrow().size() / 2);
    InputStream first =
        new java.io.ByteArrayInputStream(store.getRange(key, 0, half).orElseThrow());
    return Optional.of(new SequenceInputStream(first, new Broken()));
  }

  @Override
  public void put(String key, byte[] bytes, Map<String, String> metadata) {
    store().put(key, bytes, metadata);
    journal.add("put " + key);
  }

  @Override
  public PutOutcome putIfAbsent(String key, byte[] bytes, Map<String, String> metadata) {
    PutOutcome outcome = store().putIfAbsent(key, bytes, metadata);
    journal.add("put " + key);
    return outcome;
  }

  @Override
  public void upload(String key, InputStream content, Map<String, String> metadata) {
    store().upload(key, content, metadata);
    journal.add("put " + key);
  }

  @Override
  public Stream<String> list(String prefix) {
    return store().list(prefix);
  }

  @Override
  public Stream<Listed> entries(String prefix, String after) {
    return store().entries(prefix, after);
  }

  @Override
  public void delete(String key) {
    store().delete(key);
  }

  @Override
  public void close() {
    store.close();
  }

  private static final class Broken extends InputStream {
    @Override
    public int read() throws IOException {
      throw new IOException("connection reset");
    }
  }
}

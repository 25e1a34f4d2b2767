package dev.diffstream.gateway;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;

/** A bucket in memory. */
final class TestStore implements ObjectStore {
  private final ConcurrentSkipListMap<String, Entry> objects = new ConcurrentSkipListMap<>();

  private record Entry(byte[] bytes, Map<String, String> metadata) {}

  @Override
  public Optional<ObjectInfo> stat(String key) {
    return Optional.ofNullable(objects.get(key))
        .map(o -> new ObjectInfo(key, o.bytes().length, o.metadata()));
  }

  @Override
  public Optional<byte[]> get(String key, long maxBytes) {
    Optional<byte[]> bytes = Optional.ofNullable(objects.get(key)).map(o -> o.bytes().clone());
    if (bytes.isPresent() && bytes.get().length > maxBytes) {
      throw new DiffstreamException(
          ErrorCode.QUOTA_EXCEEDED, key + ": at most " + maxBytes + ", got " + bytes.get().length);
    }
    return bytes;
  }

  @Override
  public Optional<byte[]> getRange(String key, long offset, int length) {
    return get(key, Long.MAX_VALUE)
        .map(b -> Arrays.copyOfRange(b, (int) offset, (int) Math.min(b.length, offset + length)));
  }

  @Override
  public Optional<InputStream> open(String key) {
    return get(key, Long.MAX_VALUE).map(ByteArrayInputStream::new);
  }

  @Override
  public void put(String key, byte[] bytes, Map<String, String> metadata) {
    objects.put(key, new Entry(bytes.clone(), Map.copyOf(metadata)));
  }

  @Override
  public PutOutcome putIfAbsent(String key, byte[] bytes, Map<String, String> metadata) {
    Entry entry = new Entry(bytes.clone(), Map.copyOf(metadata));
    return objects.putIfAbsent(key, entry) == null ? PutOutcome.CREATED : PutOutcome.EXISTS;
  }

  @Override
  public void upload(String key, InputStream content, Map<String, String> metadata) {
    try {
      put(key, content.readAllBytes(), metadata);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Stream<String> list(String prefix) {
    return List.copyOf(objects.tailMap(prefix).keySet()).stream()
        .takeWhile(key -> key.startsWith(prefix));
  }

  @Override
  public void delete(String key) {
    objects.remove(key);
  }

  @Override
  public void close() {}
}

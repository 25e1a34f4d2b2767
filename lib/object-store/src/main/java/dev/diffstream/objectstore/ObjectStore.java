package dev.diffstream.objectstore;

import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One bucket. Every method throws {@link dev.diffstream.schemas.DiffstreamException}, classified in
 * one place; a missing object is an empty answer, never an exception. All implementations run the
 * same contract suite.
 *
 * <p>Thread-safe.
 */
public interface ObjectStore extends AutoCloseable {

  /** An object's length in bytes and its user metadata (lower-case ASCII names). */
  record ObjectInfo(String key, long size, Map<String, String> metadata) {
    public ObjectInfo {
      metadata = Map.copyOf(metadata);
    }
  }

  /**
   * An object as a listing shows it.
   *
   * @param tag changes whenever the object's bytes do, as far as the store can tell; opaque
   */
  record Listed(String key, long size, String tag) {}

  /** What a conditional write found. */
  enum PutOutcome {
    /** This call created the object. */
    CREATED,
    /** Somebody else's object was there first; it is untouched. */
    EXISTS
  }

  Optional<ObjectInfo> stat(String key);

  /**
   * The whole object, for objects of at most {@code maxBytes}; larger ones fail with QUOTA_EXCEEDED
   * before they are read.
   */
  Optional<byte[]> get(String key, long maxBytes);

  /** The bytes {@code [offset, offset + length)}, cut at the object's end. */
  Optional<byte[]> getRange(String key, long offset, int length);

  /** The object as a stream, for what does not fit in memory; close it. */
  Optional<InputStream> open(String key);

  /** Writes or replaces. Durable when it returns. */
  void put(String key, byte[] bytes, Map<String, String> metadata);

  /**
   * Writes only if no object has this key: {@code If-None-Match: *} on a single PUT. Of any number
   * of concurrent calls exactly one is CREATED. A lost answer is resolved by reading back: the
   * caller's own write counts as CREATED.
   */
  PutOutcome putIfAbsent(String key, byte[] bytes, Map<String, String> metadata);

  /**
   * Uploads a stream of unknown length in parts; nothing is visible under {@code key} before it is
   * complete.
   */
  void upload(String key, InputStream content, Map<String, String> metadata);

  /**
   * All keys that start with {@code prefix}, in ascending byte order, fetched lazily page by page;
   * close the stream.
   */
  Stream<String> list(String prefix);

  /**
   * As {@link #list}, with what a listing tells of each object, and only of keys behind {@code
   * after}.
   *
   * @param after empty: from the first one on
   */
  Stream<Listed> entries(String prefix, String after);

  /** Removes the object; absent is success. */
  void delete(String key);

  @Override
  void close();
}

package dev.diffstream.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.TaskId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The objects that are written once, as they lie on the disk of an embedded store that is not
 * running.
 *
 * @param digests SHA-256 of the bytes by key
 */
record StoredObjects(Map<String, String> digests) {
  private static final String DIFFS = "diffs/sha256/";

  static StoredObjects none() {
    return new StoredObjects(Map.of());
  }

  /**
   * @param bucket the directory that holds the bucket's objects
   */
  static StoredObjects read(Path bucket) {
    if (!Files.isDirectory(bucket)) {
      return none(); // killed before there was a store
    }
    Map<String, String> digests = new TreeMap<>();
    try (Stream<Path> files = Files.walk(bucket)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String key = bucket.relativize(file).toString();
        if (isWrittenOnce(key)) {
          digests.put(key, Sha256.of(Files.readAllBytes(file)));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new StoredObjects(digests);
  }

  private static boolean isWrittenOnce(String key) {
    @Nullable TaskId task = ObjectKeys.taskOf(key);
    if (task != null) {
      return ObjectKeys.number(ObjectKeys.versionsPrefix(task), key).isPresent()
          || ObjectKeys.number(ObjectKeys.aliasesPrefix(task), key).isPresent();
    }
    return ObjectKeys.reportKey(key).isPresent() || isDiff(key);
  }

  private static boolean isDiff(String key) {
    return key.startsWith(DIFFS) && Sha256.isValid(key.substring(DIFFS.length()));
  }

  /** Nothing that was there before is gone or has other bytes, and every diff has its digest. */
  void checkAgainst(StoredObjects before) {
    assertThat(digests).as("objects that a kill left").containsAllEntriesOf(before.digests);
    digests.forEach(
        (key, digest) -> {
          if (isDiff(key)) {
            assertThat(key).as("bytes of a diff after a kill").isEqualTo(DIFFS + digest);
          }
        });
  }

  long versions() {
    return digests.keySet().stream().filter(key -> key.contains("/versions/")).count();
  }
}

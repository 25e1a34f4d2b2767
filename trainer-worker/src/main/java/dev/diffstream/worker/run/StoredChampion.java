package dev.diffstream.worker.run;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import java.util.Optional;
import java.util.stream.Stream;

/** The champion of a task as the bucket's newest alias generation names it. */
public final class StoredChampion {
  private static final long MAX_BYTES = 1 << 20;

  private StoredChampion() {}

  /** Empty if the task has none. */
  public static Optional<AliasTarget> of(ObjectStore store, TaskId task) {
    String prefix = ObjectKeys.aliasesPrefix(task);
    long newest = 0;
    try (Stream<String> keys = store.list(prefix)) {
      for (String key : (Iterable<String>) keys::iterator) {
        newest = Math.max(newest, ObjectKeys.number(prefix, key).orElse(0));
      }
    }
    if (newest == 0) {
      return Optional.empty();
    }
    String key = ObjectKeys.aliases(task, newest);
    return store
        .get(key, MAX_BYTES)
        .map(bytes -> Json.read(bytes, AliasGeneration.class, key).champion());
  }
}

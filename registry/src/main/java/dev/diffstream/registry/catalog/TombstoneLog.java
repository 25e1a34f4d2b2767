package dev.diffstream.registry.catalog;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.Tombstone;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which versions are deleted: a tombstone stands beside a version's slot, which stays. Thread-safe,
 * and safe together with other processes.
 */
public final class TombstoneLog {
  private static final long MAX_BYTES = 1 << 20;

  private final ObjectStore store;

  public TombstoneLog(ObjectStore store) {
    this.store = store;
  }

  public Optional<Tombstone> find(TaskId task, long version) {
    if (version < 1) {
      return Optional.empty();
    }
    String key = ObjectKeys.tombstone(task, version);
    return store.get(key, MAX_BYTES).map(bytes -> Json.read(bytes, Tombstone.class, key));
  }

  /** The versions of a task that are deleted. */
  public Set<Long> numbers(TaskId task) {
    String prefix = ObjectKeys.tombstonesPrefix(task);
    try (Stream<String> keys = store.list(prefix)) {
      return keys.flatMap(key -> ObjectKeys.number(prefix, key).stream().boxed())
          .collect(Collectors.toSet());
    }
  }

  /** Those of a task, by version. */
  public List<Tombstone> of(TaskId task) {
    String prefix = ObjectKeys.tombstonesPrefix(task);
    try (Stream<String> keys = store.list(prefix)) {
      return keys.flatMap(key -> ObjectKeys.number(prefix, key).stream().boxed())
          .flatMap(number -> find(task, number).stream())
          .toList();
    }
  }

  /** The tombstone of the version: this one, or the one that was there before. */
  public Tombstone put(Tombstone tombstone) {
    TaskId task = new TaskId(tombstone.taskId());
    String key = ObjectKeys.tombstone(task, tombstone.version());
    if (store.putIfAbsent(key, Json.write(tombstone), Map.of()) == PutOutcome.CREATED) {
      return tombstone;
    }
    return find(task, tombstone.version())
        .orElseThrow(
            () ->
                new DiffstreamException(
                    ErrorCode.OUTCOME_UNKNOWN, key + " exists but cannot be read"));
  }
}

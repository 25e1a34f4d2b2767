package dev.diffstream.registry.catalog;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Numbered objects of one kind, of every task: put if absent, from 1, never changed or removed. Who
 * puts one asks for the highest number, and again where another came first.
 *
 * <p>Thread-safe, and safe together with other processes.
 */
public final class NumberedLog<T extends Record> {
  private static final long MAX_BYTES = 4 << 20;
  private static final int MAX_KEPT = 1_024;

  private final ObjectStore store;
  private final Class<T> type;
  private final Function<TaskId, String> prefixes;
  private final Keys keys;
  private final Map<String, Long> highest = new ConcurrentHashMap<>();
  private final Map<String, T> kept = new LinkedHashMap<>(16, 0.75f, true) { // guarded by itself
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, T> eldest) {
          return size() > MAX_KEPT;
        }
      };

  /** Where each object lies. */
  public interface Keys {
    String key(TaskId task, long number);
  }

  /**
   * @param prefixes of all objects of a task
   */
  public NumberedLog(
      ObjectStore store, Class<T> type, Function<TaskId, String> prefixes, Keys keys) {
    this.store = store;
    this.type = type;
    this.prefixes = prefixes;
    this.keys = keys;
  }

  /** The highest number of the task's objects; 0: it has none. */
  public long highest(TaskId task) {
    String prefix = prefixes.apply(task);
    Long known = highest.get(prefix);
    if (known != null && store.stat(keys.key(task, known + 1)).isEmpty()) {
      return known;
    }
    long listed;
    try (Stream<String> all = store.list(prefix)) {
      listed = all.mapToLong(key -> ObjectKeys.number(prefix, key).orElse(0)).max().orElse(0);
    }
    return highest.merge(prefix, listed, Math::max);
  }

  public Optional<T> find(TaskId task, long number) {
    if (number < 1) {
      return Optional.empty();
    }
    String key = keys.key(task, number);
    synchronized (kept) {
      T known = kept.get(key);
      if (known != null) {
        return Optional.of(known);
      }
    }
    Optional<T> read = store.get(key, MAX_BYTES).map(bytes -> Json.read(bytes, type, key));
    read.ifPresent(object -> keep(key, object));
    return read;
  }

  public Optional<T> newest(TaskId task) {
    return find(task, highest(task));
  }

  /** Newest first, with numbers below {@code before}. */
  public List<T> page(TaskId task, long before, int limit) {
    List<T> page = new ArrayList<>();
    for (long n = Math.min(highest(task), before - 1); n > 0 && page.size() < limit; n--) {
      find(task, n).ifPresent(page::add);
    }
    return page;
  }

  /** False if another object has the number. */
  public boolean put(TaskId task, long number, T object) {
    String key = keys.key(task, number);
    if (store.putIfAbsent(key, Json.write(object), Map.of()) != PutOutcome.CREATED) {
      return false;
    }
    keep(key, object);
    highest.merge(prefixes.apply(task), number, Math::max);
    return true;
  }

  private void keep(String key, T object) {
    synchronized (kept) {
      kept.put(key, object);
    }
  }
}

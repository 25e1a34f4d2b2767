package dev.diffstream.simulation;

import dev.diffstream.objectstore.ObjectStore;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The bucket as one process sees it: every call is an effect. */
final class SimulatedStore implements ObjectStore {
  private final ObjectStore store;
  private final Scheduler scheduler;
  private final Invariants invariants;

  SimulatedStore(ObjectStore store, Scheduler scheduler, Invariants invariants) {
    this.store = store;
    this.scheduler = scheduler;
    this.invariants = invariants;
  }

  @Override
  public Optional<ObjectInfo> stat(String key) {
    return scheduler.effect("stat " + key, false, () -> store.stat(key));
  }

  @Override
  public Optional<byte[]> get(String key, long maxBytes) {
    return scheduler.effect("get " + key, false, () -> store.get(key, maxBytes));
  }

  @Override
  public Optional<byte[]> getRange(String key, long offset, int length) {
    return scheduler.effect("get " + key, false, () -> store.getRange(key, offset, length));
  }

  @Override
  public Optional<InputStream> open(String key) {
    return scheduler.effect("open " + key, false, () -> store.open(key));
  }

  @Override
  public void put(String key, byte[] bytes, Map<String, String> metadata) {
    scheduler.effect(
        "put " + key,
        true,
        () -> {
          store.put(key, bytes, metadata);
          invariants.onWrite(key);
          return true;
        });
  }

  @Override
  public PutOutcome putIfAbsent(String key, byte[] bytes, Map<String, String> metadata) {
    return scheduler.effect(
        "put if absent " + key,
        true,
        () -> {
          PutOutcome outcome = store.putIfAbsent(key, bytes, metadata);
          invariants.onWrite(key);
          return outcome;
        });
  }

  @Override
  public void upload(String key, InputStream content, Map<String, String> metadata) {
    scheduler.effect(
        "upload " + key,
        true,
        () -> {
          store.upload(key, content, metadata);
          invariants.onWrite(key);
          return true;
        });
  }

  @Override
  public Stream<String> list(String prefix) {
    return scheduler.effect("list " + prefix, false, () -> store.list(prefix).toList()).stream();
  }

  @Override
  public void delete(String key) {
    scheduler.effect(
        "delete " + key,
        true,
        () -> {
          store.delete(key);
          invariants.onWrite(key);
          return true;
        });
  }

  @Override
  public void close() {}
}

package dev.diffstream.simulation;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.simulation.schedule.Scheduler;
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
    return scheduler.effect("stat " + key, Scheduler.Kind.READ, () -> store.stat(key));
  }

  @Override
  public Optional<byte[]> get(String key, long maxBytes) {
    return scheduler.effect("get " + key, Scheduler.Kind.READ, () -> store.get(key, maxBytes));
  }

  @Override
  public Optional<byte[]> getRange(String key, long offset, int length) {
    return scheduler.effect(
        "get " + key, Scheduler.Kind.READ, () -> store.getRange(key, offset, length));
  }

  @Override
  public Optional<InputStream> open(String key) {
    return scheduler.effect("open " + key, Scheduler.Kind.READ, () -> store.open(key));
  }

  @Override
  public void put(String key, byte[] bytes, Map<String, String> metadata) {
    scheduler.effect(
        "put " + key,
        Scheduler.Kind.WRITE,
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
        Scheduler.Kind.WRITE,
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
        Scheduler.Kind.WRITE,
        () -> {
          store.upload(key, content, metadata);
          invariants.onWrite(key);
          return true;
        });
  }

  @Override
  public Stream<String> list(String prefix) {
    return scheduler
        .effect("list " + prefix, Scheduler.Kind.READ, () -> store.list(prefix).toList())
        .stream();
  }

  @Override
  public Stream<Listed> entries(String prefix, String after) {
    return scheduler
        .effect("list " + prefix, Scheduler.Kind.READ, () -> store.entries(prefix, after).toList())
        .stream();
  }

  @Override
  public void delete(String key) {
    scheduler.effect(
        "delete " + key,
        Scheduler.Kind.WRITE,
        () -> {
          store.delete(key);
          invariants.onWrite(key);
          return true;
        });
  }

  @Override
  public void close() {}
}

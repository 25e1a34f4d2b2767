package dev.diffstream.eventlog.memory;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/** What a share group knows of its topic. Guarded by the log's monitor. */
final class MemoryGroup {
  private final List<List<EventLog.Received>> partitions;
  private final int deliveryLimit;
  private final Supplier<Instant> lockEnd;
  private final Supplier<Instant> now;
  private final BiConsumer<String, EventLog.Received> deadLetters;
  private final Map<Place, Integer> deliveries = new HashMap<>();
  private final Map<Place, Lock> locks = new HashMap<>();
  private final Set<Place> settled = new HashSet<>();

  /**
   * @param lockEnd when a lock that is given or renewed now ends
   * @param deadLetters takes the reason and the record
   */
  MemoryGroup(
      List<List<EventLog.Received>> partitions,
      int deliveryLimit,
      Supplier<Instant> now,
      Supplier<Instant> lockEnd,
      BiConsumer<String, EventLog.Received> deadLetters) {
    this.partitions = partitions;
    this.deliveryLimit = deliveryLimit;
    this.now = now;
    this.lockEnd = lockEnd;
    this.deadLetters = deadLetters;
  }

  private record Place(int partition, long offset) {
    static Place of(EventLog.Received record) {
      return new Place(record.partition(), record.offset());
    }
  }

  private record Lock(Object member, EventLog.Received record, Instant end) {}

  Optional<EventLog.Received> acquire(Object member) {
    expireLocks();
    for (List<EventLog.Received> partition : partitions) {
      for (EventLog.Received record : partition) {
        Place place = Place.of(record);
        if (!settled.contains(place) && !locks.containsKey(place)) {
          locks.put(place, new Lock(member, record, lockEnd.get()));
          deliveries.merge(place, 1, Integer::sum);
          return Optional.of(record);
        }
      }
    }
    return Optional.empty();
  }

  boolean holds(Object member, EventLog.Received record) {
    expireLocks();
    Lock lock = locks.get(Place.of(record));
    return lock != null && lock.member == member;
  }

  /** Renews every lock, as the members would in time: each lasts its full duration from now. */
  void renewLocks() {
    locks.replaceAll((place, lock) -> new Lock(lock.member, lock.record, lockEnd.get()));
  }

  void accept(Object member, EventLog.Received record) {
    unlock(member, record);
    settled.add(Place.of(record));
  }

  void release(Object member, EventLog.Received record) {
    unlock(member, record);
    deadLetterAtLimit(record);
  }

  void reject(Object member, EventLog.Received record) {
    accept(member, record);
    deadLetters.accept("The record was rejected", record);
  }

  private void unlock(Object member, EventLog.Received record) {
    if (!holds(member, record)) {
      throw new DiffstreamException(
          ErrorCode.OUTCOME_UNKNOWN, record.place() + ": its lock was lost");
    }
    locks.remove(Place.of(record));
  }

  private void expireLocks() {
    Instant time = now.get();
    for (Iterator<Lock> all = locks.values().iterator(); all.hasNext(); ) {
      Lock lock = all.next();
      if (!time.isBefore(lock.end)) {
        all.remove();
        deadLetterAtLimit(lock.record);
      }
    }
  }

  private void deadLetterAtLimit(EventLog.Received record) {
    Place place = Place.of(record);
    if (deliveries.getOrDefault(place, 0) >= deliveryLimit && settled.add(place)) {
      deadLetters.accept("The delivery count limit is reached", record);
    }
  }
}

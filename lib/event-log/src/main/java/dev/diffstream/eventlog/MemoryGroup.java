package dev.diffstream.eventlog;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/** What a share group knows of its topic. Guarded by the log's monitor. */
final class MemoryGroup {
  private final List<List<EventLog.Received>> partitions;
  private final int deliveryLimit;
  private final BiConsumer<String, EventLog.Received> deadLetters;
  private final Map<Place, Integer> deliveries = new HashMap<>();
  private final Set<Place> held = new HashSet<>();
  private final Set<Place> settled = new HashSet<>();

  MemoryGroup(
      List<List<EventLog.Received>> partitions,
      int deliveryLimit,
      BiConsumer<String, EventLog.Received> deadLetters) {
    this.partitions = partitions;
    this.deliveryLimit = deliveryLimit;
    this.deadLetters = deadLetters;
  }

  private record Place(int partition, long offset) {
    static Place of(EventLog.Received record) {
      return new Place(record.partition(), record.offset());
    }
  }

  Optional<EventLog.Received> acquire() {
    for (List<EventLog.Received> partition : partitions) {
      for (EventLog.Received record : partition) {
        Place place = Place.of(record);
        if (!settled.contains(place) && held.add(place)) {
          deliveries.merge(place, 1, Integer::sum);
          return Optional.of(record);
        }
      }
    }
    return Optional.empty();
  }

  void accept(EventLog.Received record) {
    held.remove(Place.of(record));
    settled.add(Place.of(record));
  }

  void release(EventLog.Received record) {
    Place place = Place.of(record);
    held.remove(place);
    if (deliveries.getOrDefault(place, 0) >= deliveryLimit && settled.add(place)) {
      deadLetters.accept("The delivery count limit is reached", record);
    }
  }

  void reject(EventLog.Received record) {
    accept(record);
    deadLetters.accept("The record was rejected", record);
  }
}

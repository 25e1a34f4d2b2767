package dev.diffstream.registry.admission;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/**
 * The events of one base that wait for their turn. A higher priority goes first; among events of
 * one priority, the owner of whom the fewest are being learned, then the one whose last turn is the
 * longest ago; among events of one owner, the one that came first.
 */
final class WaitingEvents {
  private final NavigableMap<Integer, Map<String, NavigableMap<Long, QueuedEvent>>> byPriority =
      new TreeMap<>(Collections.reverseOrder());
  private final Map<String, Long> lastTurns = new HashMap<>();
  private long turns;
  private int size;

  void add(QueuedEvent event) {
    QueuedEvent before =
        byPriority
            .computeIfAbsent(event.event().priority(), priority -> new HashMap<>())
            .computeIfAbsent(event.event().owner(), owner -> new TreeMap<>())
            .put(event.order(), event);
    size += before == null ? 1 : 0;
  }

  void remove(QueuedEvent event) {
    Map<String, NavigableMap<Long, QueuedEvent>> owners = byPriority.get(event.event().priority());
    NavigableMap<Long, QueuedEvent> own = owners == null ? null : owners.get(event.event().owner());
    if (owners == null || own == null || own.remove(event.order()) == null) {
      return;
    }
    size--;
    if (own.isEmpty()) {
      owners.remove(event.event().owner());
    }
    if (owners.isEmpty()) {
      byPriority.remove(event.event().priority());
    }
  }

  int size() {
    return size;
  }

  /**
   * The event whose turn is next; it stays.
   *
   * @param running how many events of an owner are being learned
   * @param mayGoOn whether an owner's next event may be learned
   */
  Optional<QueuedEvent> next(ToIntFunction<String> running, Predicate<String> mayGoOn) {
    for (Map<String, NavigableMap<Long, QueuedEvent>> owners : byPriority.values()) {
      Optional<NavigableMap<Long, QueuedEvent>> chosen =
          owners.entrySet().stream()
              .filter(own -> mayGoOn.test(own.getKey()))
              .min(
                  Comparator.<Map.Entry<String, NavigableMap<Long, QueuedEvent>>>comparingInt(
                          own -> running.applyAsInt(own.getKey()))
                      .thenComparingLong(own -> lastTurns.getOrDefault(own.getKey(), 0L))
                      .thenComparingLong(own -> own.getValue().firstKey()))
              .map(Map.Entry::getValue);
      if (chosen.isPresent()) {
        return Optional.of(chosen.get().firstEntry().getValue());
      }
    }
    return Optional.empty();
  }

  /** Notes whose turn it was. */
  void tookTurn(String owner) {
    turns++;
    lastTurns.put(owner, turns);
  }

  /** By priority and arrival. */
  Collection<QueuedEvent> all() {
    List<QueuedEvent> all = new ArrayList<>(size);
    for (Map<String, NavigableMap<Long, QueuedEvent>> owners : byPriority.values()) {
      owners.values().stream()
          .flatMap(own -> own.values().stream())
          .sorted(Comparator.comparingLong(QueuedEvent::order))
          .forEach(all::add);
    }
    return all;
  }
}

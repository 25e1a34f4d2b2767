package dev.diffstream.gateway;

import java.util.ArrayList;
import java.util.List;

/** Which version was the champion of each generation of a task. */
final class TaskHistory {
  private final List<Long> champions = new ArrayList<>();

  /** Notes the champion of the next generation; its number. */
  synchronized long next(long version) {
    champions.add(version);
    return champions.size();
  }

  /** Of the newest generation; 0 if there is none. */
  synchronized long champion() {
    return champions.isEmpty() ? 0 : champions.getLast();
  }

  /** Of the generation before the newest. */
  synchronized long previous() {
    return champions.get(champions.size() - 2);
  }

  synchronized long newestVersion() {
    return champions.stream().mapToLong(Long::longValue).max().orElse(0);
  }

  /** Whether this generation, or one that was announced behind it, has this champion. */
  synchronized boolean servedSince(long generation, long version) {
    return champions.subList((int) Math.max(0, generation - 1), champions.size()).contains(version);
  }

  @Override
  public synchronized String toString() {
    return champions.toString();
  }
}

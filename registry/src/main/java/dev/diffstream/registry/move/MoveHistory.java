package dev.diffstream.registry.move;

import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.registry.AliasGeneration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What was served when, moved by whom: a task's generations, read back. Thread-safe. */
public final class MoveHistory {
  private final AliasLog aliases;

  public MoveHistory(AliasLog aliases) {
    this.aliases = aliases;
  }

  /**
   * Generations, newest first.
   *
   * @param before only lower ones
   */
  public List<AliasGeneration> page(TaskId task, long before, int limit) {
    return aliases.numbers(task).reversed().stream()
        .filter(number -> number < before)
        .limit(limit)
        .flatMap(number -> aliases.find(task, number).stream())
        .toList();
  }

  /**
   * The generation that was the newest at a moment; empty if the task had none yet. Times never
   * decrease along the numbers, so a few of them are read whatever their count.
   */
  public Optional<AliasGeneration> at(TaskId task, Instant moment) {
    List<Long> numbers = aliases.numbers(task);
    int low = 0; // the generations below it are of that moment or earlier
    int high = numbers.size(); // those from it on are later
    Optional<AliasGeneration> found = Optional.empty();
    while (low < high) {
      int middle = (low + high) >>> 1;
      Optional<AliasGeneration> read = aliases.find(task, numbers.get(middle));
      if (read.isPresent() && !read.get().created().isAfter(moment)) {
        found = read;
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return found;
  }
}

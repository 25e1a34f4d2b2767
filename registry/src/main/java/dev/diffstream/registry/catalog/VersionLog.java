package dev.diffstream.registry.catalog;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.VersionRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongFunction;
import java.util.stream.Stream;

/**
 * The numbered versions of every task: the slot that holds an event's source and id is that event's
 * claim (I3). Slots are immutable: of each task the list that was read last is kept, and slots that
 * stand in it are not read again.
 *
 * <p>Thread-safe, and safe together with other processes: a slot is written only if it is absent.
 */
public final class VersionLog {
  private static final long MAX_BYTES = 1 << 20;
  private static final int MAX_LOST_RACES = 1_000;

  private final ObjectStore store;
  private final SharedValues shared = new SharedValues();

  /** By task id, in ascending order. */
  private final Map<String, List<VersionRecord>> read = new ConcurrentHashMap<>();

  /** A slot, and whether an earlier claim of the same event wrote it. */
  public record Claim(VersionRecord version, boolean duplicate) {}

  public VersionLog(ObjectStore store) {
    this.store = store;
  }

  /** The versions of {@code task} in ascending order. */
  public List<VersionRecord> versions(TaskId task) {
    String prefix = ObjectKeys.versionsPrefix(task);
    try (Stream<String> keys = store.list(prefix)) {
      return versions(
          task, keys.flatMapToLong(key -> ObjectKeys.number(prefix, key).stream()).toArray());
    }
  }

  /**
   * The versions of these numbers.
   *
   * @param numbers that a listing showed, in ascending order
   */
  List<VersionRecord> versions(TaskId task, long[] numbers) {
    List<VersionRecord> known = read.getOrDefault(task.value(), List.of());
    List<VersionRecord> slots = new ArrayList<>(numbers.length);
    int next = 0;
    for (long number : numbers) {
      while (next < known.size() && known.get(next).version() < number) {
        next++;
      }
      boolean isKnown = next < known.size() && known.get(next).version() == number;
      slots.add(isKnown ? known.get(next) : slot(task, number));
    }
    List<VersionRecord> versions = slots.equals(known) ? known : List.copyOf(slots);
    read.put(task.value(), versions);
    return versions;
  }

  /** The next {@link #versions} reads all of its slots: they are others than were read before. */
  void forget(TaskId task) {
    read.remove(task.value());
  }

  /** A version by its number; empty if there is no such version. */
  public Optional<VersionRecord> find(TaskId task, long number) {
    if (number < 1) {
      return Optional.empty();
    }
    for (VersionRecord known : read.getOrDefault(task.value(), List.of())) {
      if (known.version() == number) {
        return Optional.of(known);
      }
    }
    String key = ObjectKeys.version(task, number);
    return store.get(key, MAX_BYTES).map(bytes -> parsed(key, bytes));
  }

  /** The version that the event {@code source, id} has already got. */
  public Optional<VersionRecord> heldBy(TaskId task, String source, String id) {
    return holder(versions(task), source, id);
  }

  /**
   * Gives the event {@code source, id} one version of {@code task}, whoever else claims at the same
   * time: the one it has, or the next free number. {@code draft} makes the record of a number and
   * may be called several times.
   *
   * @param above numbers up to this one were given out before, whether or not their slots are here
   */
  public Claim claim(
      TaskId task, String source, String id, long above, LongFunction<VersionRecord> draft) {
    for (int race = 0; race < MAX_LOST_RACES; race++) {
      List<VersionRecord> slots = versions(task);
      Optional<VersionRecord> held = holder(slots, source, id);
      if (held.isPresent()) {
        return new Claim(held.get(), true);
      }
      long highest = slots.isEmpty() ? 0 : slots.getLast().version();
      VersionRecord next = draft.apply(Math.max(highest, above) + 1);
      String key = ObjectKeys.version(task, next.version());
      if (store.putIfAbsent(key, Json.write(next), Map.of()) == PutOutcome.CREATED) {
        return new Claim(next, false);
      }
    }
    throw new DiffstreamException(
        ErrorCode.OVERLOADED,
        "no free version of task " + task + " after " + MAX_LOST_RACES + " lost races");
  }

  private static Optional<VersionRecord> holder(
      List<VersionRecord> slots, String source, String id) {
    return slots.stream().filter(slot -> slot.isClaimOf(source, id)).findFirst();
  }

  private VersionRecord slot(TaskId task, long number) {
    String key = ObjectKeys.version(task, number);
    byte[] bytes =
        store
            .get(key, MAX_BYTES)
            .orElseThrow(
                () ->
                    new DiffstreamException(
                        ErrorCode.OUTCOME_UNKNOWN, key + " is listed but cannot be read"));
    return parsed(key, bytes);
  }

  private VersionRecord parsed(String key, byte[] bytes) {
    VersionRecord slot = Json.read(bytes, VersionRecord.class, key);
    checkNumber(key, slot);
    return shared.in(slot);
  }

  private static void checkNumber(String key, VersionRecord slot) {
    OptionalLong number =
        ObjectKeys.number(ObjectKeys.versionsPrefix(new TaskId(slot.taskId())), key);
    if (number.isEmpty() || number.getAsLong() != slot.version()) {
      throw new DiffstreamException(
          ErrorCode.INVALID_EVENT,
          key + " holds version " + slot.version() + " of task " + slot.taskId());
    }
  }
}

package dev.diffstream.eventlog.memory;

import dev.diffstream.eventlog.EventLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the partitions of a {@link MemoryEventLog} from their beginning, or from given positions.
 */
final class MemoryFollower implements EventLog.Follower {
  private final Object monitor;
  private final String topicId;
  private final boolean resumed;
  private final List<List<EventLog.Received>> partitions;
  private final int[] ends;
  private final int[] positions;

  /**
   * @param from null: from the beginning
   */
  MemoryFollower(
      Object monitor,
      String topicId,
      List<List<EventLog.Received>> partitions,
      EventLog.@Nullable Positions from) {
    this.monitor = monitor;
    this.topicId = topicId;
    this.partitions = partitions;
    this.ends = partitions.stream().mapToInt(List::size).toArray();
    this.positions = new int[ends.length];
    this.resumed = from != null && holds(from);
    if (from != null && resumed) {
      from.next().forEach((partition, next) -> positions[partition] = next.intValue());
    }
  }

  private boolean holds(EventLog.Positions from) {
    return from.topicId().equals(topicId)
        && from.next().entrySet().stream()
            .allMatch(
                position ->
                    position.getKey() < ends.length
                        && position.getValue() <= ends[position.getKey()]);
  }

  @Override
  public List<EventLog.Received> poll(Duration timeout) {
    synchronized (monitor) {
      return new Deadline(monitor, timeout).awaitSome(this::unread);
    }
  }

  @Override
  public boolean caughtUp() {
    for (int i = 0; i < ends.length; i++) {
      if (positions[i] < ends[i]) {
        return false;
      }
    }
    return true;
  }

  @Override
  public EventLog.Positions positions() {
    synchronized (monitor) {
      Map<Integer, Long> next = new HashMap<>();
      for (int i = 0; i < positions.length; i++) {
        next.put(i, (long) positions[i]);
      }
      return new EventLog.Positions(topicId, next);
    }
  }

  @Override
  public boolean resumed() {
    return resumed;
  }

  @Override
  public void close() {}

  private List<EventLog.Received> unread() {
    List<EventLog.Received> records = new ArrayList<>();
    for (int i = 0; i < positions.length; i++) {
      List<EventLog.Received> partition = partitions.get(i);
      records.addAll(partition.subList(positions[i], partition.size()));
      positions[i] = partition.size();
    }
    return List.copyOf(records);
  }
}

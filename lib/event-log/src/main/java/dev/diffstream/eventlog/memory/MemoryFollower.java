package dev.diffstream.eventlog.memory;

import dev.diffstream.eventlog.EventLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Reads the partitions of a {@link MemoryEventLog} from their beginning. */
final class MemoryFollower implements EventLog.Follower {
  private final Object monitor;
  private final List<List<EventLog.Received>> partitions;
  private final int[] ends;
  private final int[] positions;

  MemoryFollower(Object monitor, List<List<EventLog.Received>> partitions) {
    this.monitor = monitor;
    this.partitions = partitions;
    this.ends = partitions.stream().mapToInt(List::size).toArray();
    this.positions = new int[ends.length];
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

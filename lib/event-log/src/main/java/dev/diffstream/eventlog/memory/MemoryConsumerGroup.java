package dev.diffstream.eventlog.memory;

import dev.diffstream.eventlog.EventLog;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Who shares the partitions of a topic, and how far each is done. Guarded by the log's monitor. */
final class MemoryConsumerGroup {
  private final List<List<EventLog.Received>> partitions;
  private final List<Object> members = new ArrayList<>();
  private final int[] committed;

  /** Counts how often the partitions were shared out. */
  private long sharing;

  MemoryConsumerGroup(List<List<EventLog.Received>> partitions) {
    this.partitions = partitions;
    this.committed = new int[partitions.size()];
  }

  void join(Object member) {
    members.add(member);
    sharing++;
  }

  void leave(Object member) {
    members.remove(member);
    sharing++;
  }

  long sharing() {
    return sharing;
  }

  int[] committed() {
    return committed.clone();
  }

  /** Numbers of the partitions that are this member's now. */
  int[] shareOf(Object member) {
    int place = members.indexOf(member);
    return IntStream.range(0, partitions.size())
        .filter(partition -> partition % members.size() == place)
        .toArray();
  }

  List<EventLog.Received> from(int partition, int position) {
    List<EventLog.Received> records = partitions.get(partition);
    return records.subList(position, records.size());
  }

  void commit(int partition, int position) {
    committed[partition] = position;
  }
}

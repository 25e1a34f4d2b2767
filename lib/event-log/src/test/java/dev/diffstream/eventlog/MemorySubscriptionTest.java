package dev.diffstream.eventlog;

import dev.diffstream.eventlog.memory.MemoryEventLog;
import java.util.List;

final class MemorySubscriptionTest extends SubscriptionContract {
  @Override
  EventLog open(String topic, int partitions) {
    MemoryEventLog log = new MemoryEventLog(List.of(), 2);
    log.create(topic, partitions);
    return log;
  }
}

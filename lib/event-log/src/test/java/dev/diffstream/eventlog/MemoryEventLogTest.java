package dev.diffstream.eventlog;

import java.util.List;

final class MemoryEventLogTest extends EventLogContract {
  @Override
  EventLog open(String topic, int partitions, String group) {
    MemoryEventLog log = new MemoryEventLog(List.of(), DELIVERY_LIMIT);
    log.create(topic, partitions);
    return log;
  }
}

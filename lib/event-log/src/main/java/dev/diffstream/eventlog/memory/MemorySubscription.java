package dev.diffstream.eventlog.memory;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A member of a {@link MemoryConsumerGroup}. */
final class MemorySubscription implements EventLog.Subscription {
  private final Object monitor;
  private final MemoryConsumerGroup group;
  private int[] positions = {};
  private long sharing;
  private boolean closed;

  /** The caller holds the monitor. */
  MemorySubscription(Object monitor, MemoryConsumerGroup group) {
    this.monitor = monitor;
    this.group = group;
    group.join(this);
    rejoin();
    monitor.notifyAll();
  }

  private void rejoin() {
    sharing = group.sharing();
    positions = group.committed();
  }

  @Override
  public List<EventLog.Received> poll(Duration timeout) {
    synchronized (monitor) {
      return new Deadline(monitor, timeout).awaitSome(this::unread);
    }
  }

  private List<EventLog.Received> unread() {
    if (closed) {
      throw new IllegalStateException("the subscription is closed");
    }
    if (sharing != group.sharing()) {
      rejoin();
    }
    List<EventLog.Received> records = new ArrayList<>();
    for (int partition : group.shareOf(this)) {
      List<EventLog.Received> more = group.from(partition, positions[partition]);
      records.addAll(more);
      positions[partition] += more.size();
    }
    return List.copyOf(records);
  }

  @Override
  public void commit() {
    synchronized (monitor) {
      if (closed || sharing != group.sharing()) {
        throw new DiffstreamException(
            ErrorCode.OUTCOME_UNKNOWN, "the partitions were shared out anew");
      }
      for (int partition : group.shareOf(this)) {
        group.commit(partition, positions[partition]);
      }
    }
  }

  @Override
  public void close() {
    synchronized (monitor) {
      if (!closed) {
        closed = true;
        group.leave(this);
        monitor.notifyAll();
      }
    }
  }
}

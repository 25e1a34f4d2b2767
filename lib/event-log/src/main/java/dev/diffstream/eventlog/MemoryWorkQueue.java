package dev.diffstream.eventlog;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A member of a {@link MemoryGroup}. */
final class MemoryWorkQueue implements EventLog.WorkQueue {
  private final Object monitor;
  private final MemoryGroup group;
  private EventLog.@Nullable Received held;
  private boolean closed;

  MemoryWorkQueue(Object monitor, MemoryGroup group) {
    this.monitor = monitor;
    this.group = group;
  }

  @Override
  public Optional<EventLog.Received> take(Duration timeout) {
    synchronized (monitor) {
      if (held != null) {
        throw new IllegalStateException("the record that was taken before is not settled");
      }
      Patience patience = new Patience(monitor, timeout);
      while (true) {
        if (closed) {
          throw new IllegalStateException("the queue is closed");
        }
        Optional<EventLog.Received> record = group.acquire();
        held = record.orElse(null);
        if (record.isPresent() || !patience.await()) {
          return record;
        }
      }
    }
  }

  @Override
  public void accept() {
    synchronized (monitor) {
      group.accept(letGo());
    }
  }

  @Override
  public void release(Duration delay) {
    synchronized (monitor) {
      Patience patience = new Patience(monitor, delay);
      while (!closed && patience.await()) {
        // Another member's change; the delay goes on.
      }
      if (!closed) {
        group.release(letGo());
        monitor.notifyAll();
      }
    }
  }

  @Override
  public void reject() {
    synchronized (monitor) {
      group.reject(letGo());
    }
  }

  @Override
  public void close() {
    synchronized (monitor) {
      if (held != null) {
        group.release(letGo());
      }
      closed = true;
      monitor.notifyAll();
    }
  }

  private EventLog.Received letGo() {
    EventLog.Received record = held;
    if (record == null) {
      throw new IllegalStateException("no record is held");
    }
    held = null;
    return record;
  }
}

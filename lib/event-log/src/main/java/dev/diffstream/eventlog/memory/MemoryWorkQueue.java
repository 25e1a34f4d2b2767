package dev.diffstream.eventlog.memory;

import dev.diffstream.eventlog.EventLog;
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
      Deadline deadline = new Deadline(monitor, timeout);
      while (true) {
        if (closed) {
          throw new IllegalStateException("the queue is closed");
        }
        Optional<EventLog.Received> record = group.acquire(this);
        held = record.orElse(null);
        if (record.isPresent() || !deadline.await()) {
          return record;
        }
      }
    }
  }

  @Override
  public boolean holds() {
    synchronized (monitor) {
      return held != null && group.holds(this, held);
    }
  }

  @Override
  public void accept() {
    synchronized (monitor) {
      group.accept(this, clearHeld());
    }
  }

  @Override
  public void release(Duration delay) {
    synchronized (monitor) {
      Deadline deadline = new Deadline(monitor, delay);
      while (!closed && deadline.await()) {
        // Another member's change; the delay goes on.
      }
      if (!closed) {
        group.release(this, clearHeld());
        monitor.notifyAll();
      }
    }
  }

  @Override
  public void reject() {
    synchronized (monitor) {
      group.reject(this, clearHeld());
    }
  }

  @Override
  public void close() {
    synchronized (monitor) {
      if (holds()) {
        group.release(this, clearHeld());
      }
      held = null;
      closed = true;
      monitor.notifyAll();
    }
  }

  private EventLog.Received clearHeld() {
    EventLog.Received record = held;
    if (record == null) {
      throw new IllegalStateException("no record is held");
    }
    held = null;
    return record;
  }
}

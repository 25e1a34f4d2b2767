package dev.diffstream.registry;

import dev.diffstream.eventlog.EventLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Topics of one partition in memory; followers only. */
final class TestLog implements EventLog {
  private final Map<String, List<Received>> topics = new ConcurrentHashMap<>();
  private final Object arrived = new Object();

  @Override
  public void publish(String topic, Message message) {
    synchronized (arrived) {
      List<Received> records = topics.computeIfAbsent(topic, t -> new ArrayList<>());
      records.add(
          new Received(
              topic, 0, records.size(), message.key(), message.headers(), message.value()));
      arrived.notifyAll();
    }
  }

  List<Received> records(String topic) {
    synchronized (arrived) {
      return List.copyOf(topics.getOrDefault(topic, List.of()));
    }
  }

  @Override
  public WorkQueue workQueue(String topic, String group) {
    throw new UnsupportedOperationException("not used by the registry");
  }

  @Override
  public Follower follow(String topic) {
    return new FromBeginning(topic, records(topic).size());
  }

  @Override
  public void ping(Duration timeout) {}

  @Override
  public void close() {}

  private final class FromBeginning implements Follower {
    private final String topic;
    private final int end;
    private int next;

    FromBeginning(String topic, int end) {
      this.topic = topic;
      this.end = end;
    }

    @Override
    public List<Received> poll(Duration timeout) {
      synchronized (arrived) {
        List<Received> all = topics.getOrDefault(topic, List.of());
        if (all.size() == next && !timeout.isZero()) {
          try {
            TimeUnit.MILLISECONDS.timedWait(arrived, timeout.toMillis());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          all = topics.getOrDefault(topic, List.of());
        }
        List<Received> news = List.copyOf(all.subList(next, all.size()));
        next = all.size();
        return news;
      }
    }

    @Override
    public boolean caughtUp() {
      return next >= end;
    }

    @Override
    public void close() {}
  }
}

package dev.diffstream.worker;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.memory.MemoryEventLog;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.Event;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.RunProgressed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A memory log that notes what is sent, but for progress, in a journal, and where a test says so
 * fails to send.
 */
public final class RecordingLog implements EventLog {
  private final MemoryEventLog log = new MemoryEventLog();
  private final List<String> journal;

  private final AtomicInteger progressUnderWay = new AtomicInteger();

  /**
   * Counts down when two progress messages are being sent at the same time: the journal says so.
   */
  private final CountDownLatch progressOverlaps = new CountDownLatch(1);

  /** So many of the next messages that are no progress fail with OVERLOADED. */
  public final AtomicInteger away = new AtomicInteger();

  /** The first progress message is held back so long, unless another one comes beside it. */
  public final AtomicReference<Duration> firstProgressWaits = new AtomicReference<>(Duration.ZERO);

  public RecordingLog(List<String> journal) {
    this.journal = journal;
  }

  @Override
  public void publish(String topic, Message message) {
    boolean progress =
        topic.equals("diffstream.runs")
            && EventCodec.decode(message.headers(), message.value()).data()
                instanceof RunProgressed;
    if (!progress && away.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      throw new DiffstreamException(ErrorCode.OVERLOADED, "the broker is away");
    }
    if (progress) {
      publishProgress(topic, message);
    } else {
      log.publish(topic, message);
      journal.add("send " + topic);
    }
  }

  private void publishProgress(String topic, Message message) {
    if (progressUnderWay.incrementAndGet() > 1) {
      progressOverlaps.countDown();
    }
    try {
      Duration wait = firstProgressWaits.getAndSet(Duration.ZERO);
      if (progressOverlaps.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
        journal.add("progress overlaps");
      }
      log.publish(topic, message);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      progressUnderWay.decrementAndGet();
    }
  }

  /** The records of a topic, from its beginning. */
  public List<Received> records(String topic) {
    List<Received> records = new ArrayList<>();
    try (Follower follower = log.follow(topic)) {
      while (!follower.caughtUp()) {
        records.addAll(follower.poll(Duration.ofMillis(20)));
      }
    }
    return records;
  }

  /** The events of one kind on a topic. */
  public <T extends Event> List<T> events(String topic, Class<T> type) {
    return records(topic).stream()
        .map(r -> EventCodec.decode(r.headers(), r.value()).data())
        .filter(type::isInstance)
        .map(type::cast)
        .toList();
  }

  @Override
  public WorkQueue workQueue(String topic, String group) {
    return log.workQueue(topic, group);
  }

  @Override
  public Subscription subscribe(String topic, String group) {
    return log.subscribe(topic, group);
  }

  @Override
  public Follower follow(String topic) {
    return log.follow(topic);
  }

  @Override
  public Follower follow(String topic, Positions from) {
    return log.follow(topic, from);
  }

  @Override
  public void ensureTopic(Topics.Topic topic) {
    log.ensureTopic(topic);
  }

  @Override
  public void ping(Duration timeout) {
    log.ping(timeout);
  }

  @Override
  public void close() {
    log.close();
  }
}

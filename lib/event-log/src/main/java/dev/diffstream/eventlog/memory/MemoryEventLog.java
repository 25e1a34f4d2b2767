package dev.diffstream.eventlog.memory;

import dev.diffstream.eventlog.DeadLetterHeaders;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.Header;
import dev.diffstream.eventlog.KafkaEventLog;
import dev.diffstream.eventlog.KafkaSettings;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.common.errors.RecordTooLargeException;

/**
 * The semantics of {@link KafkaEventLog} without a broker: for tests, and for one process. A member
 * of a work queue holds its record until it settles it or is closed, since its lock is renewed in
 * time, until {@link #stopRenewals}. Compacted topics keep every record, as Kafka does for a while.
 */
public final class MemoryEventLog implements EventLog {
  /** What a message may hold, key and headers included; as Kafka's producers by default. */
  static final int MAX_MESSAGE_BYTES = 1 << 20;

  private final int deliveryLimit;
  private final Duration lockDuration;
  private final InstantSource clock;

  /**
   * Guards everything below, and in queues, subscriptions and followers; notified at every change.
   */
  private final Object monitor = new Object();

  private final Map<String, List<List<Received>>> topics = new HashMap<>();
  private final Map<String, MemoryGroup> groups = new HashMap<>();
  private final Map<String, MemoryConsumerGroup> consumerGroups = new HashMap<>();
  private final String id = UUID.randomUUID().toString();
  private boolean renewing = true;

  /** Every topic of a deployment. */
  public MemoryEventLog() {
    this(Topics.all(), KafkaSettings.DELIVERIES);
  }

  public MemoryEventLog(List<Topics.Topic> topics, int deliveryLimit) {
    this(topics, deliveryLimit, KafkaSettings.LOCK, InstantSource.system());
  }

  /**
   * @param lockDuration how long a lock lasts on {@code clock} once renewals have stopped
   */
  public MemoryEventLog(
      List<Topics.Topic> topics, int deliveryLimit, Duration lockDuration, InstantSource clock) {
    this.deliveryLimit = deliveryLimit;
    this.lockDuration = lockDuration;
    this.clock = clock;
    for (Topics.Topic topic : topics) {
      create(topic.name(), topic.partitions());
    }
  }

  /** Adds a topic; one that stands stays as it is. */
  public void create(String topic, int partitions) {
    synchronized (monitor) {
      topics.computeIfAbsent(topic, name -> empty(partitions));
    }
  }

  /**
   * As if no member could reach the broker any more: each lock, held or yet to be taken, ends after
   * its duration on this log's clock.
   */
  public void stopRenewals() {
    synchronized (monitor) {
      renewing = false;
      groups.values().forEach(MemoryGroup::renewLocks);
    }
  }

  @Override
  public void publish(String topic, Message message) {
    synchronized (monitor) {
      List<List<Received>> partitions = partitions(topic);
      checkSize(topic, message);
      append(topic, partitions, message);
    }
  }

  @Override
  public WorkQueue workQueue(String topic, String group) {
    synchronized (monitor) {
      List<List<Received>> partitions = partitions(topic);
      MemoryGroup joined =
          groups.computeIfAbsent(
              group + " " + topic,
              name ->
                  new MemoryGroup(
                      partitions,
                      deliveryLimit,
                      clock::instant,
                      this::lockEnd,
                      (reason, record) -> deadLetter(topic, reason, record)));
      return new MemoryWorkQueue(monitor, joined);
    }
  }

  @Override
  public Subscription subscribe(String topic, String group) {
    synchronized (monitor) {
      List<List<Received>> partitions = partitions(topic);
      return new MemorySubscription(
          monitor,
          consumerGroups.computeIfAbsent(
              group + " " + topic, name -> new MemoryConsumerGroup(partitions)));
    }
  }

  @Override
  public Follower follow(String topic) {
    synchronized (monitor) {
      return new MemoryFollower(monitor, id, partitions(topic), null);
    }
  }

  @Override
  public Follower follow(String topic, Positions from) {
    synchronized (monitor) {
      return new MemoryFollower(monitor, id, partitions(topic), from);
    }
  }

  @Override
  public void ensureTopic(Topics.Topic topic) {
    create(topic.name(), topic.partitions());
  }

  @Override
  public void ping(Duration timeout) {}

  @Override
  public void close() {}

  private Instant lockEnd() {
    return renewing ? Instant.MAX : clock.instant().plus(lockDuration);
  }

  private List<List<Received>> partitions(String topic) {
    List<List<Received>> partitions = topics.get(topic);
    if (partitions == null) {
      throw new DiffstreamException(ErrorCode.INVALID_EVENT, "there is no topic " + topic);
    }
    return partitions;
  }

  private static void checkSize(String topic, Message message) {
    long size = message.headerList().stream().mapToLong(Header::size).sum();
    size += message.keyBytes() == null ? 0 : message.keyBytes().length;
    size += message.valueBytes() == null ? 0 : message.valueBytes().length;
    if (size > MAX_MESSAGE_BYTES) {
      String text =
          "the message has " + size + " bytes, at most " + MAX_MESSAGE_BYTES + " are sent";
      throw new DiffstreamException(
          ErrorCode.INVALID_EVENT,
          "publish to " + topic + ": " + text,
          new RecordTooLargeException(text));
    }
  }

  /** Key, value and Kafka's own headers; like Kafka, without the headers of the record. */
  private void deadLetter(String topic, String reason, Received record) {
    List<Header> headers =
        List.of(
            Header.of(DeadLetterHeaders.BROKER_TOPIC, topic),
            Header.of(DeadLetterHeaders.BROKER_PARTITION, String.valueOf(record.partition())),
            Header.of(DeadLetterHeaders.BROKER_OFFSET, String.valueOf(record.offset())),
            Header.of(DeadLetterHeaders.BROKER_REASON, reason));
    String deadLetters = "dlq." + topic;
    create(deadLetters, 1);
    append(
        deadLetters,
        partitions(deadLetters),
        new Message(record.keyBytes(), headers, record.valueBytes()));
  }

  private void append(String topic, List<List<Received>> partitions, Message message) {
    int number = Math.floorMod(message.key().hashCode(), partitions.size());
    List<Received> partition = partitions.get(number);
    partition.add(
        new Received(
            topic,
            number,
            partition.size(),
            message.keyBytes(),
            message.headerList(),
            message.valueBytes() == null ? null : message.valueBytes().clone()));
    monitor.notifyAll();
  }

  private static List<List<Received>> empty(int partitions) {
    List<List<Received>> made = new ArrayList<>();
    for (int i = 0; i < partitions; i++) {
      made.add(new ArrayList<>());
    }
    return made;
  }
}

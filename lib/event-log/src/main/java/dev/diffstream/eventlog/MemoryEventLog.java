package dev.diffstream.eventlog;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The semantics of {@link KafkaEventLog} without a broker: for tests, and for one process. A member
 * of a work queue holds its record until it settles it or is closed, as if its lock were always
 * renewed in time. Compacted topics keep every record, as Kafka does for a while.
 */
public final class MemoryEventLog implements EventLog {
  private static final int DELIVERY_LIMIT = 5;

  private final int deliveryLimit;

  /** Guards everything below, and in the queues and followers; notified at every change. */
  private final Object monitor = new Object();

  private final Map<String, List<List<Received>>> topics = new HashMap<>();
  private final Map<String, MemoryGroup> groups = new HashMap<>();

  /** Every topic of a deployment. */
  public MemoryEventLog() {
    this(Topics.all(), DELIVERY_LIMIT);
  }

  public MemoryEventLog(List<Topics.Topic> topics, int deliveryLimit) {
    this.deliveryLimit = deliveryLimit;
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

  @Override
  public void publish(String topic, Message message) {
    synchronized (monitor) {
      append(topic, partitions(topic), message.key(), message.headers(), message.value());
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
                      partitions, deliveryLimit, (why, record) -> bury(topic, why, record)));
      return new MemoryWorkQueue(monitor, joined);
    }
  }

  @Override
  public Follower follow(String topic) {
    synchronized (monitor) {
      return new MemoryFollower(monitor, partitions(topic));
    }
  }

  @Override
  public void ping(Duration timeout) {}

  @Override
  public void close() {}

  private List<List<Received>> partitions(String topic) {
    List<List<Received>> partitions = topics.get(topic);
    if (partitions == null) {
      throw new DiffstreamException(ErrorCode.INVALID_EVENT, "there is no topic " + topic);
    }
    return partitions;
  }

  /** Key, value and Kafka's own headers; like Kafka, without the headers of the record. */
  private void bury(String topic, String why, Received record) {
    Map<String, String> headers = new HashMap<>();
    headers.put("__dlq.errors.topic", topic);
    headers.put("__dlq.errors.partition", String.valueOf(record.partition()));
    headers.put("__dlq.errors.offset", String.valueOf(record.offset()));
    headers.put("__dlq.errors.message", why);
    String deadLetters = "dlq." + topic;
    create(deadLetters, 1);
    append(deadLetters, partitions(deadLetters), record.key(), headers, record.value());
  }

  private void append(
      String topic,
      List<List<Received>> partitions,
      String key,
      Map<String, String> headers,
      byte[] value) {
    int number = Math.floorMod(key.hashCode(), partitions.size());
    List<Received> partition = partitions.get(number);
    partition.add(new Received(topic, number, partition.size(), key, headers, value.clone()));
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

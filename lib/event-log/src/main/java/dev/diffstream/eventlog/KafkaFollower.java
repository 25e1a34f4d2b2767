package dev.diffstream.eventlog;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every partition of a topic, from its beginning or from given positions. Partitions that are added
 * later are noticed with the client's next look at the topic, within ten seconds. While no broker
 * answers, polls are empty.
 */
final class KafkaFollower implements EventLog.Follower {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaFollower.class);

  private final Consumer<byte[], byte[]> consumer;
  private final String topic;
  private final Supplier<String> topicId;
  private @Nullable String knownTopicId;
  private boolean resumed;

  /** The end, at the start, of each partition that has not been read that far. */
  private final Map<TopicPartition, Long> unread = new HashMap<>();

  private KafkaFollower(Consumer<byte[], byte[]> consumer, String topic, Supplier<String> topicId) {
    this.consumer = consumer;
    this.topic = topic;
    this.topicId = topicId;
  }

  /**
   * @param topicId asks the brokers
   * @param from null: from the beginning
   */
  static KafkaFollower open(
      Consumer<byte[], byte[]> consumer,
      String topic,
      Supplier<String> topicId,
      EventLog.@Nullable Positions from) {
    KafkaFollower follower = new KafkaFollower(consumer, topic, topicId);
    try {
      follower.start(from);
      return follower;
    } catch (RuntimeException e) {
      consumer.close();
      throw KafkaErrors.failed("follow " + topic, e);
    }
  }

  private void start(EventLog.@Nullable Positions from) {
    List<TopicPartition> partitions = partitions();
    if (partitions.isEmpty()) {
      throw new DiffstreamException(
          ErrorCode.INVALID_EVENT, "follow " + topic + ": there is no such topic");
    }
    Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    consumer.assign(partitions);
    Map<TopicPartition, Long> starts = new HashMap<>(beginnings);
    if (from != null && holds(from, beginnings, ends)) {
      from.next().forEach((number, next) -> starts.put(new TopicPartition(topic, number), next));
      resumed = true;
    }
    starts.forEach(consumer::seek);
    ends.forEach(
        (partition, end) -> {
          if (end > starts.getOrDefault(partition, 0L)) {
            unread.put(partition, end);
          }
        });
  }

  private boolean holds(
      EventLog.Positions from,
      Map<TopicPartition, Long> beginnings,
      Map<TopicPartition, Long> ends) {
    if (!from.topicId().equals(topicId())) {
      return false;
    }
    for (Map.Entry<Integer, Long> position : from.next().entrySet()) {
      TopicPartition partition = new TopicPartition(topic, position.getKey());
      Long beginning = beginnings.get(partition);
      Long end = ends.get(partition);
      if (beginning == null
          || end == null
          || position.getValue() < beginning
          || position.getValue() > end) {
        return false;
      }
    }
    return true;
  }

  private String topicId() {
    String known = knownTopicId == null ? topicId.get() : knownTopicId;
    knownTopicId = known;
    return known;
  }

  @Override
  public List<EventLog.Received> poll(Duration timeout) {
    try {
      addNewPartitions();
      List<EventLog.Received> records = new ArrayList<>();
      for (ConsumerRecord<byte[], byte[]> kafka : consumer.poll(timeout)) {
        records.add(KafkaRecords.fromKafka(kafka));
      }
      noteWhatIsRead();
      return List.copyOf(records);
    } catch (RuntimeException e) {
      throw KafkaErrors.failed("read " + topic, e);
    }
  }

  /** Never fails: the records that were polled before it would not come again. */
  private void noteWhatIsRead() {
    try {
      unread.entrySet().removeIf(entry -> consumer.position(entry.getKey()) >= entry.getValue());
    } catch (RuntimeException e) {
      LOG.warn("where {} is read is asked with the next poll: {}", topic, e.getMessage());
    }
  }

  @Override
  public boolean caughtUp() {
    return unread.isEmpty();
  }

  @Override
  public EventLog.Positions positions() {
    try {
      Map<Integer, Long> next = new HashMap<>();
      for (TopicPartition partition : consumer.assignment()) {
        next.put(partition.partition(), consumer.position(partition));
      }
      return new EventLog.Positions(topicId(), next);
    } catch (RuntimeException e) {
      throw KafkaErrors.failed("ask for positions in " + topic, e);
    }
  }

  @Override
  public boolean resumed() {
    return resumed;
  }

  @Override
  public void close() {
    consumer.close();
  }

  private void addNewPartitions() {
    List<TopicPartition> now = partitions();
    Set<TopicPartition> assigned = consumer.assignment();
    List<TopicPartition> added = now.stream().filter(p -> !assigned.contains(p)).toList();
    if (!added.isEmpty()) {
      List<TopicPartition> all = new ArrayList<>(assigned);
      all.addAll(added);
      consumer.assign(all);
      consumer.seekToBeginning(added);
    }
  }

  /** From the client's memory of the topic, which it refreshes by itself. */
  private List<TopicPartition> partitions() {
    List<TopicPartition> partitions = new ArrayList<>();
    for (PartitionInfo partition : consumer.partitionsFor(topic)) {
      partitions.add(new TopicPartition(topic, partition.partition()));
    }
    return partitions;
  }
}

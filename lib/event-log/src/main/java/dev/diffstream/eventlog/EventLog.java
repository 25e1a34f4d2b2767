package dev.diffstream.eventlog;

import dev.diffstream.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Topics of records: publish, take from a work queue, follow. Every method throws {@link
 * dev.diffstream.schemas.DiffstreamException}, classified in one place. All implementations run the
 * same contract suite.
 *
 * <p>Thread-safe; a {@link WorkQueue}, a {@link Subscription} and a {@link Follower} each belong to
 * one thread, except where their methods say otherwise.
 */
public interface EventLog extends AutoCloseable {

  /**
   * A message to send, byte by byte. No key and no value ({@code null}) are something else than an
   * empty key and an empty value: a record without value is a tombstone, which deletes its key from
   * a compacted topic.
   */
  record Message(
      byte @Nullable [] keyBytes, List<Header> headerList, byte @Nullable [] valueBytes) {
    public Message(
        byte @Nullable [] keyBytes, List<Header> headerList, byte @Nullable [] valueBytes) {
      this.keyBytes = keyBytes;
      this.headerList = List.copyOf(headerList);
      this.valueBytes = valueBytes;
    }

    /** A message of UTF-8 text headers; an empty key is sent as an empty key. */
    public Message(String key, Map<String, String> headers, byte[] value) {
      this(key.getBytes(StandardCharsets.UTF_8), Header.listOf(headers), value);
    }

    /** The same key and value with other headers. */
    public Message withHeaders(List<Header> headers) {
      return new Message(keyBytes, headers, valueBytes);
    }

    /** Deletes {@code key} from a compacted topic. */
    public static Message tombstone(String key) {
      return new Message(key.getBytes(StandardCharsets.UTF_8), List.of(), null);
    }

    /** The key as UTF-8 text; empty where there is none. */
    public String key() {
      return Header.text(keyBytes);
    }

    /** The headers as text, see {@link Header#byName}. */
    public Map<String, String> headers() {
      return Header.byName(headerList);
    }

    /** The value; empty where there is none. */
    public byte[] value() {
      return valueBytes == null ? new byte[0] : valueBytes;
    }
  }

  /** A record with its place in a topic, byte by byte as it was sent. */
  record Received(
      String topic,
      int partition,
      long offset,
      byte @Nullable [] keyBytes,
      List<Header> headerList,
      byte @Nullable [] valueBytes) {
    public Received(
        String topic,
        int partition,
        long offset,
        byte @Nullable [] keyBytes,
        List<Header> headerList,
        byte @Nullable [] valueBytes) {
      this.topic = topic;
      this.partition = partition;
      this.offset = offset;
      this.keyBytes = keyBytes;
      this.headerList = List.copyOf(headerList);
      this.valueBytes = valueBytes;
    }

    /** A record of UTF-8 text headers. */
    public Received(
        String topic,
        int partition,
        long offset,
        String key,
        Map<String, String> headers,
        byte[] value) {
      this(
          topic,
          partition,
          offset,
          key.getBytes(StandardCharsets.UTF_8),
          Header.listOf(headers),
          value);
    }

    /** The key as UTF-8 text; empty where there is none. */
    public String key() {
      return Header.text(keyBytes);
    }

    /** The headers as text, see {@link Header#byName}; made anew by each call. */
    public Map<String, String> headers() {
      return Header.byName(headerList);
    }

    /** The value; empty where there is none, see {@link #isTombstone}. */
    public byte[] value() {
      return valueBytes == null ? new byte[0] : valueBytes;
    }

    /** Whether the record has no value at all. */
    public boolean isTombstone() {
      return valueBytes == null;
    }

    /** The record to send again, with all its bytes. */
    public Message toMessage() {
      return new Message(keyBytes, headerList, valueBytes);
    }

    /** Where the record stands: {@code topic/partition/offset}. */
    public String place() {
      return topic + "/" + partition + "/" + offset;
    }
  }

  /**
   * Where the reading of a topic stands.
   *
   * @param topicId tells the topic from every other one that has had its name
   * @param next offset of the next record, by partition
   */
  record Positions(String topicId, Map<Integer, Long> next) {
    public Positions {
      next = Map.copyOf(next);
    }
  }

  /**
   * Sends and waits until the broker has acknowledged on all in-sync replicas. A message that is
   * larger than the log takes is INVALID_EVENT, caused by a {@link
   * org.apache.kafka.common.errors.RecordTooLargeException}.
   */
  void publish(String topic, Message message);

  /**
   * Joins the share group {@code group} on {@code topic}. The group reads from the earliest record.
   */
  WorkQueue workQueue(String topic, String group);

  /**
   * Joins the consumer group {@code group} on {@code topic}, whose members share the partitions.
   * The group begins with the earliest record.
   */
  Subscription subscribe(String topic, String group);

  /** Reads every partition of {@code topic} from its beginning; no group, no committed offset. */
  Follower follow(String topic);

  /**
   * As {@link #follow(String)}, on from where another follower stood. Where the positions are of
   * another topic of this name, or the topic does not hold what stands behind them, every partition
   * is read from its beginning: see {@link Follower#resumed}.
   */
  Follower follow(String topic, Positions from);

  /** Makes a topic that lacks; one that stands stays as it is. */
  void ensureTopic(Topics.Topic topic);

  /** Fails unless the broker answers within {@code timeout}. */
  void ping(Duration timeout);

  @Override
  void close();

  /**
   * A place in a work queue: at most one record is held at a time, under a lock that this class
   * renews on a thread of its own until the record is settled (I8: the holder may work for hours).
   * A lock that is lost gives the record to another member; see I3 for why that is harmless, and
   * {@link #holds} for how the holder learns of it.
   *
   * <p>Every delivery counts, however the record came back: by a release, by closing the queue or
   * by a lost member. After {@link KafkaSettings#deliveryLimit} deliveries it goes to the broker's
   * dead-letter queue.
   */
  interface WorkQueue extends AutoCloseable {
    /** Waits up to {@code timeout} for the next record. The previous one must have been settled. */
    Optional<Received> take(Duration timeout);

    /**
     * Whether a record is held and its lock is known to be good. False after the record was
     * settled, when the broker refused a renewal, and while no renewal has been confirmed for as
     * long as a lock lasts: then another member may hold the record, and work on it is in vain.
     * From any thread, without waiting.
     */
    boolean holds();

    /**
     * Settles the held record: its outcome is durable. Fails with OUTCOME_UNKNOWN where the lock
     * was lost, here and in {@link #release} and {@link #reject}; the record is not held any more
     * then.
     */
    void accept();

    /**
     * Gives the held record back for another delivery, to this or another member, after {@code
     * delay} (the lock is kept meanwhile).
     */
    void release(Duration delay);

    /** Refuses the held record for good: it goes to the broker's dead-letter queue. */
    void reject();

    @Override
    void close();
  }

  /**
   * A member's share of a topic's partitions. Records that were returned and not committed come
   * again, to this or another member, when the member is closed or lost, or the partitions are
   * shared out anew: every record comes at least once.
   */
  interface Subscription extends AutoCloseable {
    /**
     * Waits up to {@code timeout} for records and returns them in order within each partition;
     * empty if none came. A member that does not ask for longer than {@link #MAX_SILENCE} is taken
     * for lost.
     */
    List<Received> poll(Duration timeout);

    /**
     * What was returned so far is done. OUTCOME_UNKNOWN where the partitions were shared out anew
     * since: some of it will come again.
     */
    void commit();

    @Override
    void close();

    /** The longest time between two polls. */
    Duration MAX_SILENCE = Duration.ofMinutes(10);
  }

  /** Reads a topic to its end and on. */
  interface Follower extends AutoCloseable {
    /**
     * Waits up to {@code timeout} for records and returns them in order within each partition;
     * empty if none came.
     */
    List<Received> poll(Duration timeout);

    /**
     * Whether every record that stood in the topic when the follower was made has been returned by
     * {@link #poll}.
     */
    boolean caughtUp();

    /** Behind the last records that {@link #poll} has returned. */
    Positions positions();

    /** Whether it began at positions that it was given. */
    boolean resumed();

    @Override
    void close();
  }
}

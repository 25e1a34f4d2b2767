package dev.diffstream.eventlog;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Topics of records: publish, take from a work queue, follow. Every method throws {@link
 * dev.diffstream.schemas.DiffstreamException}, classified in one place. All implementations run the
 * same contract suite.
 *
 * <p>Thread-safe; a {@link WorkQueue} and a {@link Follower} each belong to one thread, except
 * where their methods say otherwise.
 */
public interface EventLog extends AutoCloseable {

  /** A message to send. Headers are UTF-8 strings. */
  record Message(String key, Map<String, String> headers, byte[] value) {
    public Message {
      headers = Map.copyOf(headers);
    }
  }

  /**
   * A message with its place in a topic. A record without a key has the empty key; a tombstone has
   * an empty value.
   */
  record Received(
      String topic,
      int partition,
      long offset,
      String key,
      Map<String, String> headers,
      byte[] value) {
    public Received {
      headers = Map.copyOf(headers);
    }
  }

  /** Sends and waits until the broker has acknowledged on all in-sync replicas. */
  void publish(String topic, Message message);

  /**
   * Joins the share group {@code group} on {@code topic}. The group reads from the earliest record.
   */
  WorkQueue workQueue(String topic, String group);

  /** Reads every partition of {@code topic} from its beginning; no group, no committed offset. */
  Follower follow(String topic);

  /** Fails unless the broker answers within {@code timeout}. */
  void ping(Duration timeout);

  @Override
  void close();

  /**
   * A place in a work queue: at most one record is held at a time, under a lock that this class
   * renews on a thread of its own until the record is settled (I8: the holder may work for hours).
   * A lock that is lost gives the record to another member; see I3 for why that is harmless.
   */
  interface WorkQueue extends AutoCloseable {
    /** Waits up to {@code timeout} for the next record. The previous one must have been settled. */
    Optional<Received> take(Duration timeout);

    /** Settles the held record: its outcome is durable. */
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

  /** Reads a topic to its end and on. */
  interface Follower extends AutoCloseable {
    /**
     * Waits up to {@code timeout} for records and returns them in order within each partition;
     * empty if none came.
     */
    java.util.List<Received> poll(Duration timeout);

    /**
     * Whether every record that stood in the topic when the follower was made has been returned by
     * {@link #poll}.
     */
    boolean caughtUp();

    @Override
    void close();
  }
}

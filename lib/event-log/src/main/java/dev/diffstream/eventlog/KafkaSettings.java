package dev.diffstream.eventlog;

import dev.diffstream.settings.Settings;
import java.time.Duration;

/**
 * How to reach Kafka, and how a share group delivers.
 *
 * @param lockDuration how long a record stays with a member that has fallen silent
 * @param deliveryLimit after how many deliveries without an outcome the broker dead-letters a
 *     record; a stop of a member counts as one, see {@link EventLog.WorkQueue}
 * @param timeout the maximum wait for any answer of the broker
 */
public record KafkaSettings(
    String bootstrapServers,
    Duration lockDuration,
    int deliveryLimit,
    int replicationFactor,
    Duration timeout) {

  /** How long a lock lasts by default. */
  public static final Duration LOCK = Duration.ofSeconds(30);

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** As many as a broker allows by default, since a stop of a worker counts as a delivery too. */
  public static final int DELIVERIES = 10;

  private static final int MAX_DELIVERIES = 25;
  private static final int REPLICAS = 1;

  /** The defaults, on the brokers at {@code bootstrapServers}. */
  public static KafkaSettings at(String bootstrapServers) {
    return new KafkaSettings(bootstrapServers, LOCK, DELIVERIES, REPLICAS, TIMEOUT);
  }

  /** The settings {@code diffstream.kafka.*}. */
  public static KafkaSettings from(Settings settings) {
    return new KafkaSettings(
        settings.text(
            "diffstream.kafka.bootstrap-servers",
            "127.0.0.1:9092",
            "Kafka brokers, as host:port, separated by commas"),
        settings.duration(
            "diffstream.kafka.lock-duration",
            LOCK,
            "how long a task stays with a worker that has fallen silent; brokers allow 15s to 60s"),
        settings.integer(
            "diffstream.kafka.delivery-limit",
            DELIVERIES,
            2,
            MAX_DELIVERIES,
            "after how many deliveries without an outcome a task goes to the broker's dead letters;"
                + " more than 10 needs group.share.max.delivery.count.limit on the brokers"),
        settings.integer(
            "diffstream.kafka.replication-factor",
            REPLICAS,
            1,
            Short.MAX_VALUE,
            "copies of each topic, where setup creates it"),
        settings.duration(
            "diffstream.kafka.timeout", TIMEOUT, "the maximum wait for any answer of Kafka"));
  }

  public KafkaSettings withLockDuration(Duration lockDuration) {
    return new KafkaSettings(
        bootstrapServers, lockDuration, deliveryLimit, replicationFactor, timeout);
  }

  public KafkaSettings withDeliveryLimit(int deliveryLimit) {
    return new KafkaSettings(
        bootstrapServers, lockDuration, deliveryLimit, replicationFactor, timeout);
  }

  public KafkaSettings withTimeout(Duration timeout) {
    return new KafkaSettings(
        bootstrapServers, lockDuration, deliveryLimit, replicationFactor, timeout);
  }
}

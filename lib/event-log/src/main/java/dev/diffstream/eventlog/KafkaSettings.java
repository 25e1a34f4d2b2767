package dev.diffstream.eventlog;

import java.time.Duration;

/**
 * How to reach Kafka, and how a share group delivers.
 *
 * @param lockDuration how long a record stays with a member that has fallen silent
 * @param deliveryLimit after how many deliveries without an outcome the broker dead-letters a
 *     record
 * @param timeout the longest wait for any answer of the broker
 */
public record KafkaSettings(
    String bootstrapServers,
    Duration lockDuration,
    int deliveryLimit,
    int replicationFactor,
    Duration timeout) {

  /** The defaults, on the brokers at {@code bootstrapServers}. */
  public static KafkaSettings at(String bootstrapServers) {
    return new KafkaSettings(
        bootstrapServers, Duration.ofSeconds(30), 5, 1, Duration.ofSeconds(30));
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

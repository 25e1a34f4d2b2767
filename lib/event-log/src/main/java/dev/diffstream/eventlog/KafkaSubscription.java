package dev.diffstream.eventlog;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** A member of a consumer group of Kafka. While no broker answers, polls are empty. */
final class KafkaSubscription implements EventLog.Subscription {
  private final Consumer<byte[], byte[]> consumer;
  private final String topic;
  private final KafkaSettings settings;

  KafkaSubscription(Consumer<byte[], byte[]> consumer, String topic, KafkaSettings settings) {
    this.consumer = consumer;
    this.topic = topic;
    this.settings = settings;
    consumer.subscribe(List.of(topic));
  }

  @Override
  public List<EventLog.Received> poll(Duration timeout) {
    try {
      List<EventLog.Received> records = new ArrayList<>();
      for (ConsumerRecord<byte[], byte[]> kafka : consumer.poll(timeout)) {
        records.add(KafkaRecords.fromKafka(kafka));
      }
      return List.copyOf(records);
    } catch (RuntimeException e) {
      throw KafkaErrors.failed("read " + topic, e);
    }
  }

  @Override
  public void commit() {
    try {
      consumer.commitSync(settings.timeout());
    } catch (RuntimeException e) {
      throw KafkaErrors.unknown("commit what was read of " + topic, e);
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}

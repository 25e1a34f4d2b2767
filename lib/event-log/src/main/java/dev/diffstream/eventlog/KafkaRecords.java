package dev.diffstream.eventlog;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Between Kafka's records and those of {@link EventLog}. */
final class KafkaRecords {
  private KafkaRecords() {}

  static ProducerRecord<byte[], byte[]> toKafka(String topic, EventLog.Message message) {
    ProducerRecord<byte[], byte[]> kafka =
        new ProducerRecord<>(topic, message.keyBytes(), message.valueBytes());
    message.headerList().forEach(header -> kafka.headers().add(header.name(), header.value()));
    return kafka;
  }

  static EventLog.Received fromKafka(ConsumerRecord<byte[], byte[]> kafka) {
    List<Header> headers = new ArrayList<>();
    kafka.headers().forEach(header -> headers.add(new Header(header.key(), header.value())));
    return new EventLog.Received(
        kafka.topic(), kafka.partition(), kafka.offset(), kafka.key(), headers, kafka.value());
  }
}

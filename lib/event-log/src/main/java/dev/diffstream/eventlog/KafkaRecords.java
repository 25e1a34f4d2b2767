package dev.diffstream.eventlog;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** Between Kafka's records and those of {@link EventLog}. */
final class KafkaRecords {
  private static final byte[] NOTHING = new byte[0];

  private KafkaRecords() {}

  /** An empty value is sent as none, so that it is a tombstone where the topic is compacted. */
  static ProducerRecord<byte[], byte[]> toKafka(String topic, EventLog.Message message) {
    ProducerRecord<byte[], byte[]> kafka =
        new ProducerRecord<>(topic, bytesOrNull(message.key()), valueOrNull(message.value()));
    message
        .headers()
        .forEach(
            (name, value) -> kafka.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
    return kafka;
  }

  /** Of headers with the same name the last one counts; a header without a value is empty. */
  static EventLog.Received fromKafka(ConsumerRecord<byte[], byte[]> kafka) {
    Map<String, String> headers = new HashMap<>();
    for (Header header : kafka.headers()) {
      headers.put(header.key(), text(header.value()));
    }
    byte[] value = kafka.value();
    return new EventLog.Received(
        kafka.topic(),
        kafka.partition(),
        kafka.offset(),
        text(kafka.key()),
        headers,
        value == null ? NOTHING : value);
  }

  private static String text(byte @Nullable [] bytes) {
    return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
  }

  private static byte @Nullable [] bytesOrNull(String key) {
    return key.isEmpty() ? null : key.getBytes(StandardCharsets.UTF_8);
  }

  private static byte @Nullable [] valueOrNull(byte[] value) {
    return value.length == 0 ? null : value;
  }
}

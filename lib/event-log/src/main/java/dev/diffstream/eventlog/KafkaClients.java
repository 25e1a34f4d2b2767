package dev.diffstream.eventlog;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The Kafka clients of one process, each with the properties that its guarantees rest on. */
final class KafkaClients {
  private static final int REQUEST_TIMEOUT_MILLIS = 10_000;
  private static final int MAX_METADATA_AGE_MILLIS = 10_000;

  private final KafkaSettings settings;
  private final String clientId;

  KafkaClients(KafkaSettings settings, String clientId) {
    this.settings = settings;
    this.clientId = clientId;
  }

  /**
   * One half of the timeout goes to finding the topic, the other to delivering, so that a publish
   * ends within the whole.
   */
  KafkaProducer<byte[], byte[]> producer() {
    int half = Math.max(1, timeoutMillis() / 2);
    Map<String, Object> properties = common();
    properties.put(ProducerConfig.ACKS_CONFIG, "all");
    properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    properties.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, half);
    properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, half);
    properties.put(
        ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.min(half, REQUEST_TIMEOUT_MILLIS));
    return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /**
   * A member of a consumer group, which shares partitions with the others and commits by itself.
   */
  KafkaConsumer<byte[], byte[]> groupConsumer(String group) {
    Map<String, Object> properties = reading();
    properties.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    properties.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "consumer");
    properties.put(
        ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG,
        (int) EventLog.Subscription.MAX_SILENCE.toMillis());
    return new KafkaConsumer<>(
        properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** A reader without a group. */
  KafkaConsumer<byte[], byte[]> consumer() {
    return new KafkaConsumer<>(reading(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private Map<String, Object> reading() {
    Map<String, Object> properties = common();
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    properties.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, timeoutMillis());
    return properties;
  }

  /**
   * A member of a share group that acquires one record at a time: by default a member acquires
   * whole batches, and its neighbours idle.
   */
  KafkaShareConsumer<byte[], byte[]> shareConsumer(String group) {
    Map<String, Object> properties = common();
    properties.put(ConsumerConfig.GROUP_ID_CONFIG, group);
    properties.put(ConsumerConfig.SHARE_ACKNOWLEDGEMENT_MODE_CONFIG, "explicit");
    properties.put(ConsumerConfig.SHARE_ACQUIRE_MODE_CONFIG, "record_limit");
    properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 1);
    properties.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, timeoutMillis());
    return new KafkaShareConsumer<>(
        properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  Admin admin() {
    Map<String, Object> properties = common();
    properties.put(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, timeoutMillis());
    return Admin.create(properties);
  }

  private Map<String, Object> common() {
    Map<String, Object> properties = new HashMap<>();
    properties.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
    properties.put(CommonClientConfigs.CLIENT_ID_CONFIG, clientId);
    properties.put(CommonClientConfigs.METADATA_MAX_AGE_CONFIG, MAX_METADATA_AGE_MILLIS);
    properties.put(
        CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG,
        Math.min(timeoutMillis(), REQUEST_TIMEOUT_MILLIS));
    // The brokers' request to push client metrics to them; ours go to Prometheus.
    properties.put(CommonClientConfigs.ENABLE_METRICS_PUSH_CONFIG, false);
    return properties;
  }

  private int timeoutMillis() {
    return (int) Math.clamp(settings.timeout().toMillis(), 1, Integer.MAX_VALUE);
  }
}

package dev.diffstream.eventlog;

import dev.diffstream.schemas.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * Topics on Kafka brokers. They, and the share groups, must stand as {@link TopicSetup} leaves
 * them: nothing here creates a topic or configures a group.
 *
 * <p>Making one does not wait for the brokers, see {@link #ping}. Close the queues and the
 * followers first, from the threads that they belong to.
 */
public final class KafkaEventLog implements EventLog {
  private final KafkaSettings settings;
  private final KafkaClients clients;
  private final KafkaProducer<byte[], byte[]> producer;
  private final Admin admin;

  /**
   * @param clientId the name of this process in the brokers' logs and metrics
   */
  public KafkaEventLog(KafkaSettings settings, String clientId) {
    this.settings = settings;
    this.clients = new KafkaClients(settings, clientId);
    this.producer = clients.producer();
    this.admin = clients.admin();
  }

  @Override
  public void publish(String topic, Message message) {
    String what = "publish to " + topic + " on " + settings.bootstrapServers();
    Future<RecordMetadata> answer;
    try {
      // Knowing the topic first tells a broker that was never reached from an answer that was lost.
      producer.partitionsFor(topic);
      answer = producer.send(KafkaRecords.toKafka(topic, message));
    } catch (RuntimeException e) {
      throw KafkaErrors.failed(what, e);
    }
    try {
      answer.get();
    } catch (Exception e) {
      throw KafkaErrors.unknown(what, e);
    }
  }

  @Override
  public WorkQueue workQueue(String topic, String group) {
    return new KafkaWorkQueue(clients.shareConsumer(group), topic, settings);
  }

  @Override
  public Subscription subscribe(String topic, String group) {
    return new KafkaSubscription(clients.groupConsumer(group), topic, settings);
  }

  @Override
  public Follower follow(String topic) {
    return KafkaFollower.open(clients.consumer(), topic, () -> topicId(topic), null);
  }

  @Override
  public Follower follow(String topic, Positions from) {
    return KafkaFollower.open(clients.consumer(), topic, () -> topicId(topic), from);
  }

  private String topicId(String topic) {
    try {
      return Objects.requireNonNull(
              admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic))
          .topicId()
          .toString();
    } catch (Exception e) {
      throw KafkaErrors.failed("describe " + topic, e);
    }
  }

  @Override
  public void ensureTopic(Topics.Topic topic) {
    TopicSetup.ensure(admin, settings, topic);
  }

  @Override
  public void ping(Duration timeout) {
    int millis = (int) Math.clamp(timeout.toMillis(), 1, Integer.MAX_VALUE);
    try {
      admin.describeCluster(new DescribeClusterOptions().timeoutMs(millis)).nodes().get();
    } catch (Exception e) {
      throw KafkaErrors.failed("reach Kafka at " + settings.bootstrapServers(), e);
    }
  }

  /** What a broker that is gone has not acknowledged is given up after the settings' timeout. */
  @Override
  public void close() {
    producer.close(settings.timeout());
    admin.close(Duration.ZERO);
  }
}

package dev.diffstream.eventlog;

import dev.diffstream.embedded.EmbeddedKafka;
import dev.diffstream.schemas.Topics;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

final class KafkaEventLogTest extends EventLogContract {
  /** Lets a lock be short, and a member join soon. */
  static final Map<String, String> IMPATIENT =
      Map.of(
          "group.share.min.record.lock.duration.ms", "1000",
          "group.share.heartbeat.interval.ms", "300",
          "group.share.min.heartbeat.interval.ms", "300",
          "group.share.assignment.interval.ms", "0");

  @TempDir static Path directory;
  private static @Nullable EmbeddedKafka broker;

  @BeforeAll
  static void start() {
    broker = EmbeddedKafka.start(directory, 0, IMPATIENT);
  }

  @AfterAll
  static void stop() {
    if (broker != null) {
      broker.close();
    }
  }

  @Override
  EventLog open(String topic, int partitions, String group) {
    if (broker == null) {
      throw new IllegalStateException("no broker");
    }
    KafkaSettings settings =
        KafkaSettings.at(broker.bootstrapServers())
            .withLockDuration(LOCK)
            .withDeliveryLimit(DELIVERY_LIMIT)
            .withTimeout(java.time.Duration.ofSeconds(10));
    String deadLetters = "dlq." + topic;
    TopicSetup.run(
        settings,
        List.of(
            new Topics.Topic(topic, partitions, false), new Topics.Topic(deadLetters, 1, false)),
        group,
        deadLetters);
    return new KafkaEventLog(settings, "test");
  }
}

package dev.diffstream.eventlog;

import dev.diffstream.embedded.EmbeddedKafka;
import dev.diffstream.schemas.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

final class KafkaSubscriptionTest extends SubscriptionContract {
  /** Lets a member join soon. */
  private static final Map<String, String> IMPATIENT =
      Map.of(
          "group.consumer.heartbeat.interval.ms", "300",
          "group.consumer.min.heartbeat.interval.ms", "300");

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
  EventLog open(String topic, int partitions) {
    KafkaSettings settings =
        KafkaSettings.at(Objects.requireNonNull(broker).bootstrapServers())
            .withTimeout(Duration.ofSeconds(10));
    String deadLetters = "dlq." + topic;
    TopicSetup.run(
        settings,
        List.of(
            new Topics.Topic(topic, partitions, false), new Topics.Topic(deadLetters, 1, false)),
        "workers-" + topic,
        deadLetters);
    return new KafkaEventLog(settings, "test");
  }
}

package dev.diffstream.eventlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.embedded.EmbeddedKafka;
import dev.diffstream.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KafkaEventLogTest {
  @Test
  void aTaskTravelsThroughABrokerThatWasSetUpTwice(@TempDir Path directory) {
    try (EmbeddedKafka broker = EmbeddedKafka.start(directory, 0)) {
      KafkaSettings settings = KafkaSettings.at(broker.bootstrapServers());
      TopicSetup.run(settings);
      TopicSetup.run(settings);
      try (KafkaEventLog log = new KafkaEventLog(settings, "test")) {
        log.ping(Duration.ofSeconds(10));
        byte[] value = "{}".getBytes(StandardCharsets.UTF_8);
        log.publish(Topics.TASKS, new EventLog.Message("a", Map.of("ce_id", "1"), value));
        try (EventLog.WorkQueue queue = log.workQueue(Topics.TASKS, Topics.WORKERS)) {
          assertThat(queue.take(Duration.ofSeconds(20)))
              .hasValueSatisfying(record -> assertThat(record.key()).isEqualTo("a"));
          queue.accept();
        }
      }
    }
  }
}

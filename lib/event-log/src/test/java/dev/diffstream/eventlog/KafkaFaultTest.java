package dev.diffstream.eventlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.embedded.EmbeddedKafka;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KafkaFaultTest {
  private static final EventLog.Message MESSAGE =
      new EventLog.Message("a", Map.of(), new byte[] {1});

  @Test
  void aMemberThatWaitsGoesOnAfterTheBrokerRestarts(@TempDir Path directory) throws Exception {
    EmbeddedKafka broker = EmbeddedKafka.start(directory, 0, KafkaEventLogTest.IMPATIENT);
    KafkaSettings settings = KafkaSettings.at(broker.bootstrapServers());
    TopicSetup.run(settings);
    TopicSetup.run(settings);
    try (KafkaEventLog log = new KafkaEventLog(settings, "test");
        EventLog.WorkQueue queue = log.workQueue(Topics.TASKS, Topics.WORKERS)) {
      CountDownLatch waiting = new CountDownLatch(1);
      CompletableFuture<Optional<EventLog.Received>> taken =
          CompletableFuture.supplyAsync(
              () -> {
                waiting.countDown();
                return queue.take(Duration.ofMinutes(2));
              });
      waiting.await();
      int port = broker.port();
      broker.close();
      broker = EmbeddedKafka.start(directory, port, KafkaEventLogTest.IMPATIENT);
      log.publish(Topics.TASKS, MESSAGE);
      assertThat(taken.get(2, TimeUnit.MINUTES)).isPresent();
      queue.accept();
    } finally {
      broker.close();
    }
  }

  @Test
  void aBrokerThatWasNeverReachedIsOverload() {
    KafkaSettings nowhere = KafkaSettings.at("127.0.0.1:1").withTimeout(Duration.ofSeconds(2));
    try (KafkaEventLog log = new KafkaEventLog(nowhere, "test")) {
      long start = System.nanoTime();
      assertCode(() -> log.publish(Topics.TASKS, MESSAGE), ErrorCode.OVERLOADED);
      assertCode(() -> log.ping(Duration.ofMillis(300)), ErrorCode.OVERLOADED);
      assertCode(() -> log.follow(Topics.TASKS), ErrorCode.OVERLOADED);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    }
    assertCode(() -> TopicSetup.run(nowhere), ErrorCode.OVERLOADED);
  }

  @Test
  void aPublishToABrokerThatWentAwayFailsInTime(@TempDir Path directory) {
    EmbeddedKafka broker = EmbeddedKafka.start(directory, 0);
    KafkaSettings settings =
        KafkaSettings.at(broker.bootstrapServers()).withTimeout(Duration.ofSeconds(4));
    try (KafkaEventLog log = new KafkaEventLog(settings, "test")) {
      TopicSetup.run(settings);
      log.publish(Topics.RUNS, MESSAGE);
      broker.close();
      long start = System.nanoTime();
      assertThatThrownBy(() -> log.publish(Topics.RUNS, MESSAGE))
          .isInstanceOfSatisfying(
              DiffstreamException.class,
              e -> assertThat(e.code()).isIn(ErrorCode.OVERLOADED, ErrorCode.OUTCOME_UNKNOWN));
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(6));
    } finally {
      broker.close();
    }
  }

  @Test
  void aTopicThatCleansUpInAnotherWayIsRefused(@TempDir Path directory) {
    try (EmbeddedKafka broker = EmbeddedKafka.start(directory, 0)) {
      KafkaSettings settings = KafkaSettings.at(broker.bootstrapServers());
      List<Topics.Topic> kept = List.of(new Topics.Topic("t", 1, false));
      List<Topics.Topic> compacted = List.of(new Topics.Topic("t", 1, true));
      TopicSetup.run(settings, kept, "g", "dlq.t");
      assertThatThrownBy(() -> TopicSetup.run(settings, compacted, "g", "dlq.t"))
          .isInstanceOf(DiffstreamException.class)
          .hasMessageContaining("cleanup.policy=delete");
    }
  }

  private static void assertCode(Runnable body, ErrorCode code) {
    assertThatThrownBy(body::run)
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(code));
  }
}

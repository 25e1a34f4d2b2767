package dev.diffstream.eventlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.embedded.EmbeddedKafka;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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
  @Timeout(120)
  void aHolderLearnsThatItsBrokerIsGone(@TempDir Path directory) throws Exception {
    EmbeddedKafka broker = EmbeddedKafka.start(directory, 0, KafkaEventLogTest.IMPATIENT);
    KafkaSettings settings =
        KafkaSettings.at(broker.bootstrapServers())
            .withLockDuration(EventLogContract.LOCK)
            .withTimeout(Duration.ofSeconds(10));
    TopicSetup.run(settings);
    try (KafkaEventLog log = new KafkaEventLog(settings, "test");
        EventLog.WorkQueue queue = log.workQueue(Topics.TASKS, Topics.WORKERS)) {
      log.publish(Topics.TASKS, MESSAGE);
      assertThat(queue.take(Duration.ofSeconds(60))).isPresent();
      assertThat(queue.holds()).isTrue();
      broker.close();
      long start = System.nanoTime();
      while (queue.holds()) {
        Thread.onSpinWait();
      }
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .as("while the renewal is still waiting for its answer")
          .isLessThan(Duration.ofSeconds(6));
      assertCode(queue::accept, ErrorCode.OUTCOME_UNKNOWN);
    } finally {
      broker.close();
    }
  }

  /** A batch of a few kB unpacks to more than may be sent. */
  @Test
  void aRecordThatUnpacksToMoreThanMayBeSentIsDeadLetteredByItsPlace(@TempDir Path directory)
      throws Exception {
    try (EmbeddedKafka broker = EmbeddedKafka.start(directory, 0)) {
      KafkaSettings settings = KafkaSettings.at(broker.bootstrapServers());
      TopicSetup.run(settings);
      Map<String, Object> properties =
          Map.of(
              "bootstrap.servers",
              broker.bootstrapServers(),
              "compression.type",
              "zstd",
              "max.request.size",
              8 << 20);
      try (KafkaProducer<byte[], byte[]> producer =
          new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
        producer.send(new ProducerRecord<>(Topics.TASKS, new byte[3_000_000])).get();
      }
      try (KafkaEventLog log = new KafkaEventLog(settings, "test");
          EventLog.Follower tasks = log.follow(Topics.TASKS)) {
        EventLog.Received record = firstOf(tasks);
        assertThat(record.value()).hasSize(3_000_000);
        new DeadLetters(log, Topics.TASKS_DEAD_LETTERS)
            .send(record.toMessage(), Map.of(DeadLetterHeaders.ORIGIN, record.place()));
        try (EventLog.Follower letters = log.follow(Topics.TASKS_DEAD_LETTERS)) {
          EventLog.Received letter = firstOf(letters);
          assertThat(letter.isTombstone()).isTrue();
          assertThat(letter.headers())
              .containsEntry("diffstream_origin", "diffstream.tasks/0/0")
              .containsEntry("diffstream_omitted_value_bytes", "3000000");
        }
      }
    }
  }

  /** Snappy, LZ4 and Zstandard come as native or separate libraries of the client. */
  @Test
  void batchesOfEveryCodecAreRead(@TempDir Path directory) throws Exception {
    List<String> codecs = List.of("none", "gzip", "snappy", "lz4", "zstd");
    try (EmbeddedKafka broker = EmbeddedKafka.start(directory, 0)) {
      KafkaSettings settings = KafkaSettings.at(broker.bootstrapServers());
      TopicSetup.run(settings);
      for (String codec : codecs) {
        Map<String, Object> properties =
            Map.of("bootstrap.servers", broker.bootstrapServers(), "compression.type", codec);
        try (KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
          byte[] value = codec.repeat(1_000).getBytes(StandardCharsets.UTF_8);
          producer.send(new ProducerRecord<>(Topics.TASKS, value)).get();
        }
      }
      try (KafkaEventLog log = new KafkaEventLog(settings, "test");
          EventLog.WorkQueue queue = log.workQueue(Topics.TASKS, Topics.WORKERS)) {
        for (String codec : codecs) {
          assertThat(queue.take(Duration.ofSeconds(60)).orElseThrow().value())
              .as(codec)
              .asString(StandardCharsets.UTF_8)
              .isEqualTo(codec.repeat(1_000));
          queue.accept();
        }
      }
    }
  }

  private static EventLog.Received firstOf(EventLog.Follower follower) {
    while (true) {
      for (EventLog.Received record : follower.poll(Duration.ofSeconds(1))) {
        return record;
      }
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
    TopicSetup.checkAtStart(nowhere);
    TopicSetup.checkTopicsAtStart(nowhere);
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

  private static void assertCode(Runnable body, ErrorCode code) {
    assertThatThrownBy(body::run)
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(code));
  }
}

package dev.diffstream.eventlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Faults within Kafka's client, by consumers in memory: no broker can cause them at will. */
@Timeout(60)
final class KafkaClientFaultTest {
  private static final TopicPartition PARTITION = new TopicPartition("t", 0);
  private static final ConsumerRecord<byte[], byte[]> RECORD =
      new ConsumerRecord<>("t", 0, 0, new byte[] {1}, new byte[] {2});
  private static final KafkaSettings SETTINGS =
      KafkaSettings.at("127.0.0.1:1").withLockDuration(Duration.ofMillis(300));

  private final AtomicInteger polls = new AtomicInteger();
  private final AtomicInteger commits = new AtomicInteger();

  @Test
  void anErrorOfACommandReachesItsCaller() {
    try (KafkaWorkQueue queue = new KafkaWorkQueue(consumer(1, 0), "t", SETTINGS)) {
      assertThatThrownBy(() -> queue.take(Duration.ZERO)).isInstanceOf(NoClassDefFoundError.class);
    }
  }

  @Test
  void anErrorOfARenewalReachesWhoSettlesTheRecord() {
    try (KafkaWorkQueue queue = new KafkaWorkQueue(consumer(0, 1), "t", SETTINGS)) {
      assertThat(queue.take(Duration.ZERO)).isPresent();
      while (queue.holds()) {
        Thread.onSpinWait();
      }
      assertThatThrownBy(queue::accept).isInstanceOf(NoClassDefFoundError.class);
    }
  }

  /** A consumer whose poll or commit of this number, counted from 1, ends with an Error. */
  @SuppressWarnings("unchecked")
  private ShareConsumer<byte[], byte[]> consumer(int badPoll, int badCommit) {
    return (ShareConsumer<byte[], byte[]>)
        Proxy.newProxyInstance(
            ShareConsumer.class.getClassLoader(),
            new Class<?>[] {ShareConsumer.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "poll" -> {
                    failAt(badPoll, polls);
                    yield new ConsumerRecords<>(Map.of(PARTITION, List.of(RECORD)), Map.of());
                  }
                  case "commitSync" -> {
                    failAt(badCommit, commits);
                    yield Map.of(PARTITION, Optional.empty());
                  }
                  case "acquisitionLockTimeoutMs" -> Optional.empty();
                  default -> null;
                });
  }

  private static void failAt(int number, AtomicInteger calls) {
    if (calls.incrementAndGet() == number) {
      throw new NoClassDefFoundError("a broken installation");
    }
  }

  @Test
  void whatWasPolledIsHandedOnAlthoughItsPositionIsUnknown() {
    AtomicInteger unanswered = new AtomicInteger(1);
    MockConsumer<byte[], byte[]> consumer =
        new MockConsumer<>("earliest") {
          @Override
          public synchronized long position(TopicPartition partition) {
            if (unanswered.getAndDecrement() > 0) {
              throw new TimeoutException("no broker answered");
            }
            return super.position(partition);
          }
        };
    Node node = new Node(0, "127.0.0.1", 1);
    consumer.updatePartitions(
        "t", List.of(new PartitionInfo("t", 0, node, new Node[] {node}, new Node[] {node})));
    consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
    consumer.updateEndOffsets(Map.of(PARTITION, 1L));
    try (KafkaFollower follower = KafkaFollower.open(consumer, "t", () -> "id", null)) {
      consumer.addRecord(RECORD);
      assertThat(follower.poll(Duration.ZERO)).hasSize(1);
      assertThat(follower.caughtUp()).isFalse();
      assertThat(follower.poll(Duration.ZERO)).isEmpty();
      assertThat(follower.caughtUp()).isTrue();
    }
  }
}

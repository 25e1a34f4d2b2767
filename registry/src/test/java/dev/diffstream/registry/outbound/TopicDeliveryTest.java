package dev.diffstream.registry.outbound;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.memory.MemoryEventLog;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class TopicDeliveryTest {
  private final MemoryEventLog log = new MemoryEventLog();
  private final BlockingQueue<String> taken = new LinkedBlockingQueue<>();

  @Test
  void whatWasTakenBeforeAFailureIsNotHandedOverTwice() throws Exception {
    AtomicBoolean refuses = new AtomicBoolean(true);
    send("a", "b", "c");
    try (TopicDelivery delivery =
        delivery(
            received -> {
              String text = new String(received.value(), UTF_8);
              if (text.equals("b") && refuses.getAndSet(false)) {
                throw new DiffstreamException(ErrorCode.OVERLOADED, "not now");
              }
              taken.add(text);
            },
            Duration.ofMinutes(1))) {
      delivery.start();
      assertThat(taken(3)).containsExactly("a", "b", "c");
      send("d");
      assertThat(taken(1)).containsExactly("d");
    }
    assertThat(taken).isEmpty();
  }

  /** Each record takes longer than a turn may last. */
  @Test
  void aSlowReceiverGetsEverythingOnceAndInOrder() throws Exception {
    send("a", "b", "c");
    Consumer<Received> slow = received -> taken.add(new String(received.value(), UTF_8));
    try (TopicDelivery delivery = delivery(slow, Duration.ZERO)) {
      delivery.start();
      assertThat(taken(3)).containsExactly("a", "b", "c");
      send("d");
      assertThat(taken(1)).containsExactly("d");
    }
    assertThat(taken).isEmpty();
  }

  private TopicDelivery delivery(Consumer<Received> receiver, Duration longestTurn) {
    return new TopicDelivery(log, Topics.RUNS, "group", receiver, longestTurn);
  }

  private void send(String... texts) {
    for (String text : texts) {
      log.publish(Topics.RUNS, new Message("key", Map.of(), text.getBytes(UTF_8)));
    }
  }

  private List<String> taken(int count) throws InterruptedException {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      texts.add(taken.poll(30, TimeUnit.SECONDS));
    }
    return texts;
  }
}

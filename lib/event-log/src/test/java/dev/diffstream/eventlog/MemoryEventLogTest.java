package dev.diffstream.eventlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.eventlog.memory.MemoryEventLog;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class MemoryEventLogTest extends EventLogContract {
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);

  @Override
  EventLog open(String topic, int partitions, String group) {
    MemoryEventLog log = new MemoryEventLog(List.of(), DELIVERY_LIMIT);
    log.create(topic, partitions);
    return log;
  }

  @Test
  void aHolderWhoseLockHasEndedLearnsOfIt() {
    MemoryEventLog log =
        new MemoryEventLog(
            List.of(new Topics.Topic("t", 1, false)), DELIVERY_LIMIT, LOCK, now::get);
    log.publish("t", new EventLog.Message("k", Map.of(), new byte[] {1}));
    try (EventLog.WorkQueue holder = log.workQueue("t", "g");
        EventLog.WorkQueue other = log.workQueue("t", "g")) {
      assertThat(holder.take(Duration.ZERO)).isPresent();
      advance(LOCK.multipliedBy(3));
      assertThat(holder.holds()).as("renewed in time").isTrue();
      log.stopRenewals();
      advance(LOCK.minusMillis(1));
      assertThat(holder.holds()).isTrue();
      assertThat(other.take(Duration.ZERO)).isEmpty();
      advance(Duration.ofMillis(1));
      assertThat(holder.holds()).isFalse();
      assertThat(other.take(Duration.ZERO)).isPresent();
      assertThat(holder.holds()).isFalse();
      assertThatThrownBy(holder::accept)
          .isInstanceOfSatisfying(
              DiffstreamException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.OUTCOME_UNKNOWN));
      assertThat(other.holds()).isTrue();
      advance(LOCK);
      assertThat(holder.take(Duration.ZERO)).as("the delivery limit is 2").isEmpty();
    }
    try (EventLog.Follower letters = log.follow("dlq.t")) {
      assertThat(letters.poll(Duration.ZERO)).hasSize(1);
    }
  }

  private void advance(Duration time) {
    now.updateAndGet(instant -> instant.plus(time));
  }
}

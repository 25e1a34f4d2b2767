package dev.diffstream.eventlog;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member of a share group. The client is not thread-safe, so one thread of this class owns it:
 * the methods hand it commands and wait, and while a record is held the same thread renews its lock
 * every third of the lock's time.
 *
 * <p>A renewed record comes back from the next poll, and only then may it be acknowledged again.
 */
final class KafkaWorkQueue implements EventLog.WorkQueue {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaWorkQueue.class);

  private final ShareConsumer<byte[], byte[]> consumer;
  private final String topic;
  private final KafkaSettings settings;
  private final ScheduledExecutorService owner;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final RecordLock lock = new RecordLock(System::nanoTime);

  // Touched by the owner's thread alone.
  private @Nullable ConsumerRecord<byte[], byte[]> held;
  private @Nullable Throwable lost;
  private @Nullable ScheduledFuture<?> renewal;

  KafkaWorkQueue(ShareConsumer<byte[], byte[]> consumer, String topic, KafkaSettings settings) {
    this.consumer = consumer;
    this.topic = topic;
    this.settings = settings;
    this.owner =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("work-queue-" + topic).daemon().factory());
    command("join " + topic, () -> subscribe());
  }

  @Override
  public Optional<EventLog.Received> take(Duration timeout) {
    return command("take from " + topic, () -> next(timeout));
  }

  @Override
  public boolean holds() {
    return lock.isGood();
  }

  @Override
  public void accept() {
    command("accept a record of " + topic, () -> settle(AcknowledgeType.ACCEPT));
  }

  /** Waits out the delay, or until the queue is closed or the thread is interrupted. */
  @Override
  public void release(Duration delay) {
    boolean interrupted = false;
    try {
      boolean stopped = closed.await(delay.toNanos(), TimeUnit.NANOSECONDS);
      if (stopped) {
        return;
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    try {
      command("release a record of " + topic, () -> settle(AcknowledgeType.RELEASE));
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void reject() {
    command("reject a record of " + topic, () -> settle(AcknowledgeType.REJECT));
  }

  /** From any thread. A held record goes back at once. */
  @Override
  public void close() {
    if (closed.getCount() == 0) {
      return;
    }
    closed.countDown();
    consumer.wakeup();
    try {
      command("leave " + topic, this::leave);
    } finally {
      owner.shutdown();
    }
  }

  private boolean subscribe() {
    consumer.subscribe(List.of(topic));
    return true;
  }

  private Optional<EventLog.Received> next(Duration timeout) {
    if (held != null) {
      throw new IllegalStateException("the record that was taken before is not settled");
    }
    try {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(timeout)) {
        hold(record);
        return Optional.of(KafkaRecords.fromKafka(record));
      }
    } catch (WakeupException e) {
      LOG.debug("stopped waiting for a record of {}", topic);
    }
    return Optional.empty();
  }

  private void hold(ConsumerRecord<byte[], byte[]> record) {
    held = record;
    lost = null;
    lock.confirmed(System.nanoTime(), lockDuration());
    long third = lockDuration().toMillis() / 3;
    renewal =
        owner.scheduleWithFixedDelay(
            this::renew, Math.max(1, third), Math.max(1, third), TimeUnit.MILLISECONDS);
  }

  private void renew() {
    ConsumerRecord<byte[], byte[]> record = held;
    if (record == null || lost != null) {
      return;
    }
    try {
      long sent = System.nanoTime(); // the broker counts from a later moment
      acknowledge(record, AcknowledgeType.RENEW);
      lock.confirmed(sent, lockDuration());
      held = pollAgain(record);
    } catch (Throwable e) { // an Error too would end the renewals unseen; settling throws it
      lost = e;
      lock.lost();
      LOG.warn("lost the lock of {}: it will be delivered again", name(record), e);
    }
  }

  /** The poll that hands back a record after its renewal. */
  private ConsumerRecord<byte[], byte[]> pollAgain(ConsumerRecord<byte[], byte[]> record) {
    long deadline = System.nanoTime() + lockDuration().toNanos();
    while (System.nanoTime() < deadline) {
      ConsumerRecord<byte[], byte[]> again = null;
      try {
        for (ConsumerRecord<byte[], byte[]> polled : consumer.poll(Duration.ofMillis(100))) {
          if (polled.partition() == record.partition() && polled.offset() == record.offset()) {
            again = polled;
          } else {
            consumer.acknowledge(polled, AcknowledgeType.RELEASE);
          }
        }
      } catch (WakeupException e) {
        LOG.debug("woken while renewing {}", name(record));
      }
      if (again != null) {
        return again;
      }
    }
    throw new KafkaException("the renewed record did not come back");
  }

  private boolean settle(AcknowledgeType outcome) {
    ConsumerRecord<byte[], byte[]> record = held;
    if (record == null) {
      throw new IllegalStateException("no record is held");
    }
    Throwable before = lost;
    clearHeld();
    if (before instanceof Error fault) {
      throw fault;
    }
    String what = outcome + " " + name(record);
    if (before != null) {
      throw new DiffstreamException(
          ErrorCode.OUTCOME_UNKNOWN, what + ": its lock was lost: " + before, before);
    }
    try {
      acknowledge(record, outcome);
    } catch (RuntimeException e) {
      throw KafkaErrors.unknown(what, e);
    }
    return true;
  }

  /** Returns when the broker has confirmed, and fails if it does not. */
  private void acknowledge(ConsumerRecord<byte[], byte[]> record, AcknowledgeType outcome) {
    consumer.acknowledge(record, outcome);
    Map<TopicIdPartition, Optional<KafkaException>> answers =
        consumer.commitSync(settings.timeout());
    if (answers.isEmpty()) {
      throw new KafkaException("the broker was not asked");
    }
    for (Optional<KafkaException> failure : answers.values()) {
      failure.ifPresent(
          e -> {
            throw e;
          });
    }
  }

  private boolean leave() {
    ConsumerRecord<byte[], byte[]> record = held;
    boolean giveBack = record != null && lost == null;
    clearHeld();
    try {
      if (giveBack && record != null) {
        consumer.acknowledge(record, AcknowledgeType.RELEASE);
      }
    } finally {
      consumer.close(settings.timeout());
    }
    return true;
  }

  private void clearHeld() {
    if (renewal != null) {
      renewal.cancel(false);
    }
    renewal = null;
    lock.lost();
    held = null;
    lost = null;
  }

  /** As the broker says; before its first answer, as the settings say. */
  private Duration lockDuration() {
    return consumer
        .acquisitionLockTimeoutMs()
        .map(Duration::ofMillis)
        .orElse(settings.lockDuration());
  }

  private String name(ConsumerRecord<byte[], byte[]> record) {
    return topic + "-" + record.partition() + "@" + record.offset();
  }

  /**
   * Runs {@code body} on the owner's thread. An interrupt ends a poll early but not the wait for
   * it, so that no record is acquired for nobody. An Error is the caller's to end with.
   */
  private <T> T command(String what, Callable<T> body) {
    Future<T> answer = submit(what, body);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return answer.get();
        } catch (InterruptedException e) {
          interrupted = true;
          consumer.wakeup();
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IllegalStateException misuse) {
        throw new IllegalStateException(misuse.getMessage(), e);
      }
      if (e.getCause() instanceof Error fault) {
        throw fault;
      }
      throw KafkaErrors.failed(what, e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private <T> Future<T> submit(String what, Callable<T> body) {
    if (owner.isShutdown()) {
      throw new IllegalStateException(what + ": the queue is closed");
    }
    return owner.submit(body);
  }
}

package dev.diffstream.registry.outbound;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.EventLog.Subscription;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.service.Backoff;
import dev.diffstream.service.OwnerThread;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands over what stands on one topic, in order and at least once: all registries share the work,
 * and what was not taken comes again, later and later. A thread of its own, so that an address
 * which does not answer holds back nobody else.
 */
public final class TopicDelivery implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TopicDelivery.class);
  private static final Duration WAIT = Duration.ofSeconds(1);

  /** A slow address must not cost the membership of the group. */
  private static final Duration LONGEST_TURN = Subscription.MAX_SILENCE.dividedBy(2);

  private final EventLog log;
  private final String topic;
  private final String group;
  private final Consumer<Received> receiver;
  private final Duration longestTurn;
  private final Backoff backoff = new Backoff(Duration.ofSeconds(1), Duration.ofMinutes(5));
  private final OwnerThread thread;

  /** The last offset by partition that was handed over and not committed yet. */
  private final Map<Integer, Long> taken = new HashMap<>();

  private @Nullable Subscription subscription;

  /**
   * @param group consumer group of the receiver
   * @param receiver returns when it has taken the record, or has nothing to do with it; a {@link
   *     DiffstreamException} asks for it again, and whatever else it throws ends the process
   */
  public TopicDelivery(EventLog log, String topic, String group, Consumer<Received> receiver) {
    this(log, topic, group, receiver, LONGEST_TURN);
  }

  /**
   * @param longestTurn between two polls; the rest of what was polled is polled again
   */
  TopicDelivery(
      EventLog log, String topic, String group, Consumer<Received> receiver, Duration longestTurn) {
    this.log = log;
    this.topic = topic;
    this.group = group;
    this.receiver = receiver;
    this.longestTurn = longestTurn;
    this.thread = new OwnerThread("delivery-" + group + "-" + topic, this::turn, this::leave);
  }

  public void start() {
    thread.start();
  }

  private void turn() {
    try {
      Subscription joined = subscription;
      if (joined == null) {
        joined = log.subscribe(topic, group);
        subscription = joined;
      }
      long began = System.nanoTime();
      for (Received record : joined.poll(WAIT)) {
        if (isNew(record)) {
          receiver.accept(record);
          taken.put(record.partition(), record.offset());
          if (System.nanoTime() - began > longestTurn.toNanos()) {
            leave(); // and join again: what was taken is passed over then
            return;
          }
        }
      }
      joined.commit();
      taken.clear();
      backoff.reset();
    } catch (DiffstreamException e) {
      Duration pause = backoff.next();
      LOG.warn("{} goes on with {} in {} s: {}", group, topic, pause.toSeconds(), e.getMessage());
      leave();
      thread.pause(pause);
    }
  }

  private boolean isNew(Received record) {
    return record.offset() > taken.getOrDefault(record.partition(), -1L);
  }

  private void leave() {
    Subscription joined = subscription;
    subscription = null;
    if (joined != null) {
      joined.close();
    }
  }

  @Override
  public void close() {
    thread.close();
  }
}

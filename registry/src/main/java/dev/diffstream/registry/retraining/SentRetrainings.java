package dev.diffstream.registry.retraining;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.correction.Retraining;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which retrainings' events stand in the topic of task events, from its beginning on. {@link #poll}
 * and {@link #close} belong to one thread, {@link #contains} is for every thread.
 */
final class SentRetrainings implements AutoCloseable {
  private static final Duration MAX_WAIT = Duration.ofSeconds(1);

  private final EventLog log;
  private final Follower follower;
  private final Set<String> ids = ConcurrentHashMap.newKeySet();
  private volatile boolean caughtUp;

  SentRetrainings(EventLog log) {
    this.log = log;
    this.follower = log.follow(Topics.TASKS);
  }

  void poll(Duration wait) {
    follower.poll(wait).forEach(this::add);
    caughtUp = caughtUp || follower.caughtUp();
  }

  /**
   * Whether the event stands in the topic by now, however far {@link #poll} has come: reads the
   * topic once more, which is seldom asked for.
   */
  boolean containsByNow(Retraining retraining) {
    try (Follower again = log.follow(Topics.TASKS)) {
      while (!contains(retraining) && !again.caughtUp()) {
        again.poll(MAX_WAIT).forEach(this::add);
      }
    }
    return contains(retraining);
  }

  private void add(Received received) {
    Map<String, String> headers = received.headers();
    if (Retraining.SOURCE.equals(headers.get("ce_source"))) {
      ids.add(headers.getOrDefault("ce_id", ""));
    }
  }

  /** Whether all that stood in the topic at the start was read. */
  boolean caughtUp() {
    return caughtUp;
  }

  boolean contains(Retraining retraining) {
    return ids.contains(retraining.eventId());
  }

  /** This process has sent it. */
  void add(Retraining retraining) {
    ids.add(retraining.eventId());
  }

  @Override
  public void close() {
    follower.close();
  }
}

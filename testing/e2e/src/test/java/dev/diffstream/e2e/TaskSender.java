package dev.diffstream.e2e;

import dev.diffstream.cli.client.Connection;
import dev.diffstream.cli.client.TaskSubmission;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.KafkaEventLog;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A producer of task events, on a thread of its own, so that a kill may meet it in the middle of a
 * send. An event whose send failed is sent again to the next deployment, as producers do.
 */
final class TaskSender {
  /** A broker that is gone holds the producer up no longer. */
  private static final Duration TIMEOUT = Duration.ofSeconds(4);

  private static final int MAX_PAUSE_MILLIS = 3_000;

  private final Random random;
  private final Map<String, TaskKind> sent = new LinkedHashMap<>();
  private final Set<String> sentAgain = new HashSet<>();
  private final Deque<String> unacknowledged = new ArrayDeque<>();
  private CountDownLatch stopping = new CountDownLatch(1);
  private Thread thread = new Thread();

  TaskSender(Random random) {
    this.random = random;
  }

  /** Every event that was begun to be sent, by its id. To be read while nothing is sent. */
  Map<String, TaskKind> sent() {
    return sent;
  }

  /** Whether the topic may hold the event more than once. */
  boolean wasSentAgain(String id) {
    return sentAgain.contains(id);
  }

  /** Sends events of any kind, with pauses, until {@link #stop}. */
  void start(Connection connection) {
    stopping = new CountDownLatch(1);
    thread = Thread.ofPlatform().name("sender").start(() -> sendUntilStopped(connection));
  }

  void stop() throws InterruptedException {
    stopping.countDown();
    thread.join();
  }

  /** One event of this kind. */
  void send(Connection connection, TaskKind kind) {
    String id = "e-" + sent.size();
    sent.put(id, kind);
    unacknowledged.add(id);
    sendUnacknowledged(connection);
  }

  void sendUnacknowledged(Connection connection) {
    try (ObjectStore store = connection.openStore();
        EventLog log = new KafkaEventLog(connection.kafka().withTimeout(TIMEOUT), "sender")) {
      sendUnacknowledged(new TaskSubmission(store, log));
    }
  }

  private void sendUntilStopped(Connection connection) {
    try (ObjectStore store = connection.openStore();
        EventLog log = new KafkaEventLog(connection.kafka().withTimeout(TIMEOUT), "sender")) {
      TaskSubmission submission = new TaskSubmission(store, log);
      do {
        String id = "e-" + sent.size();
        sent.put(id, TaskKind.ALL.get(random.nextInt(TaskKind.ALL.size())));
        unacknowledged.add(id);
        sendUnacknowledged(submission);
      } while (!stopping.await(random.nextInt(MAX_PAUSE_MILLIS), TimeUnit.MILLISECONDS));
    } catch (DiffstreamException killed) {
      System.out.println("sender: " + killed.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void sendUnacknowledged(TaskSubmission submission) {
    while (!unacknowledged.isEmpty()) {
      String id = unacknowledged.getFirst();
      TaskKind kind = java.util.Objects.requireNonNull(sent.get(id));
      try {
        submission.submit(kind.event(), id);
      } catch (DiffstreamException e) {
        sentAgain.add(id);
        throw e;
      }
      unacknowledged.removeFirst();
    }
  }
}

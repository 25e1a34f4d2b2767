package dev.diffstream.worker;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.EventLog.WorkQueue;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.service.Backoff;
import dev.diffstream.service.OwnerThread;
import dev.diffstream.worker.run.EventHandler;
import dev.diffstream.worker.run.RunInterruptedException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes task events one by one and has each brought to its outcome before it is acknowledged (I3).
 * Runs on a thread of its own; the queue keeps the lock of the held event alive on another (I8). A
 * loop that lost its broker goes on when the broker is back; an Error ends the process.
 *
 * <p>{@link #step} and {@link #leave} belong to one thread: the loop's own once it was started, or
 * that of whoever steps it.
 */
public final class TaskLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TaskLoop.class);
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration RETRY = Duration.ofSeconds(5);
  private static final Duration REJOIN = Duration.ofSeconds(1);
  private static final Duration MIN_PAUSE = Duration.ofSeconds(1);
  private static final Duration MAX_PAUSE = Duration.ofMinutes(1);

  /** How often an idle worker checks that its state is undamaged. */
  private static final Duration VERIFY_INTERVAL = Duration.ofHours(1);

  /** How long the loop may stand still without a record whose lock is good. */
  private static final Duration MAX_SILENCE = Duration.ofMinutes(5);

  private final EventLog log;
  private final String topic;
  private final String group;
  private final EventHandler handler;
  private final CountDownLatch stopped;
  private final OwnerThread thread;
  private final LongSupplier nanoTime;

  /** After events that were sent again: each leaves a record on the topic for good. */
  private final Backoff pauses = new Backoff(MIN_PAUSE, MAX_PAUSE);

  private long verified;
  private volatile @Nullable WorkQueue queue;

  /**
   * @param topic with the events of the worker's base
   * @param group the share group whose turn it takes
   * @param stopped ends the waits within a run when it is counted down
   */
  TaskLoop(EventLog log, String topic, String group, EventHandler handler, CountDownLatch stopped) {
    this.log = log;
    this.topic = topic;
    this.group = group;
    this.handler = handler;
    this.stopped = stopped;
    this.nanoTime = System::nanoTime;
    this.verified = nanoTime.getAsLong();
    this.thread = new OwnerThread(group, this::turn, this::leave);
  }

  /**
   * @param topic with the events of the worker's base
   * @param group the share group whose turn it takes
   * @param nanoTime as {@link System#nanoTime()}
   * @param exit takes the status after a fault
   */
  public TaskLoop(
      EventLog log,
      String topic,
      String group,
      EventHandler handler,
      CountDownLatch stopped,
      LongSupplier nanoTime,
      IntConsumer exit) {
    this.log = log;
    this.topic = topic;
    this.group = group;
    this.handler = handler;
    this.stopped = stopped;
    this.nanoTime = nanoTime;
    this.verified = nanoTime.getAsLong();
    this.thread = new OwnerThread(group, this::turn, this::leave, nanoTime, exit);
  }

  void start() {
    thread.start();
  }

  /**
   * Whether the thread runs, and takes records or works on one whose lock is renewed: a run may
   * take hours. From any thread.
   */
  boolean makesProgress() {
    WorkQueue joined = queue;
    if (joined != null && joined.holds()) {
      thread.beat();
    }
    return thread.progressedWithin(MAX_SILENCE);
  }

  private void turn() {
    thread.pause(step());
  }

  /**
   * Takes one event, if there is one, and settles it.
   *
   * @return the pause to make before the next step
   */
  public Duration step() {
    try {
      WorkQueue joined = queue;
      if (joined == null) {
        joined = log.workQueue(topic, group);
        queue = joined;
      }
      Optional<Received> received = joined.take(POLL);
      if (received.isPresent()) {
        return settle(joined, received.get());
      }
      if (nanoTime.getAsLong() - verified >= VERIFY_INTERVAL.toNanos()) {
        handler.verifyState();
        verified = nanoTime.getAsLong();
      }
      return Duration.ZERO;
    } catch (DiffstreamException e) {
      LOG.warn("the task queue failed and is joined again: {}", e.getMessage());
      leave();
      return REJOIN;
    }
  }

  /** Leaves the queue; a record that is held goes back to it. */
  public void leave() {
    WorkQueue joined = queue;
    queue = null;
    if (joined != null) {
      joined.close();
    }
  }

  /** Returns the pause to make before the next event. */
  private Duration settle(WorkQueue queue, Received received) {
    try {
      handler.handle(received, queue::holds);
    } catch (RunInterruptedException e) {
      LOG.info("the event at {}: {}", received.place(), e.getMessage());
      queue.release(Duration.ZERO);
      return Duration.ZERO;
    } catch (DiffstreamException e) {
      if (stopped.getCount() == 0 || e.code() == ErrorCode.OUTCOME_UNKNOWN && !queue.holds()) {
        queue.release(Duration.ZERO);
        return Duration.ZERO;
      }
      return sendAgain(queue, received, e);
    }
    queue.accept();
    pauses.reset();
    return Duration.ZERO;
  }

  /**
   * A store or broker stayed away for this event, or refused what its outcome needs: it goes to the
   * end of the queue, so that it holds back no other, and its delivery does not count as a failure.
   * What is refused is refused at once, so the pause grows until an event has its outcome.
   */
  private Duration sendAgain(WorkQueue queue, Received received, DiffstreamException e) {
    LOG.warn("the event at {} goes to the end of the queue: {}", received.place(), e.getMessage());
    try {
      handler.sendAgain(received);
    } catch (DiffstreamException away) {
      LOG.warn("the event at {} goes back to the queue: {}", received.place(), away.getMessage());
      queue.release(RETRY);
      return Duration.ZERO;
    }
    queue.accept();
    return pauses.next();
  }

  /**
   * Waits until the run at hand has come to its next step and gone back to the queue, where another
   * worker will take it: a process that ends while this thread is inside the engine crashes.
   */
  @Override
  public void close() {
    stopped.countDown();
    thread.close();
  }
}

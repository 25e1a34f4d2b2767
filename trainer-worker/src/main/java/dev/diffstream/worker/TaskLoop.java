package dev.diffstream.worker;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.EventLog.WorkQueue;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.Topics;
import dev.diffstream.worker.run.RunInterruptedException;
import dev.diffstream.worker.run.TaskHandler;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes task events one by one and has each brought to its outcome before it is acknowledged (I3).
 * Runs on a thread of its own; the queue keeps the lock of the held event alive on another (I8). A
 * loop that lost its broker goes on when the broker is back.
 */
final class TaskLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TaskLoop.class);
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration RETRY = Duration.ofSeconds(5);

  /** Below the ten seconds after which containers are killed. */
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(8);

  private final EventLog log;
  private final TaskHandler handler;
  private final CountDownLatch stopped;
  private final Thread thread;

  TaskLoop(EventLog log, TaskHandler handler, CountDownLatch stopped) {
    this.log = log;
    this.handler = handler;
    this.stopped = stopped;
    this.thread = Thread.ofPlatform().name("task-loop").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  boolean alive() {
    return thread.isAlive();
  }

  private void run() {
    while (stopped.getCount() > 0) {
      try (WorkQueue queue = log.workQueue(Topics.TASKS, Topics.WORKERS)) {
        while (stopped.getCount() > 0) {
          Optional<Received> received = queue.take(POLL);
          if (received.isPresent()) {
            settle(queue, received.get());
          }
        }
      } catch (DiffstreamException e) {
        LOG.warn("the task queue failed and is joined again: {}", e.getMessage());
        pause();
      }
    }
  }

  private void settle(WorkQueue queue, Received received) {
    try {
      handler.handle(received, () -> true);
      queue.accept();
    } catch (RunInterruptedException e) {
      LOG.info("{}: {}", place(received), e.getMessage());
      queue.release(Duration.ZERO);
    } catch (DiffstreamException e) {
      if (stopped.getCount() == 0) {
        queue.release(Duration.ZERO);
      } else {
        sendAgain(queue, received, e);
      }
    } catch (RuntimeException e) {
      LOG.error("the event at {} goes back to the queue", place(received), e);
      queue.release(RETRY);
    } catch (OutOfMemoryError e) {
      LOG.error("out of memory on the event at {}", place(received), e);
      queue.release(RETRY);
    }
  }

  /**
   * A store or broker stayed away for this event: it goes to the end of the queue, so that it holds
   * back no other, and its delivery does not count as a failure.
   */
  private void sendAgain(WorkQueue queue, Received received, DiffstreamException e) {
    LOG.warn("the event at {} goes to the end of the queue: {}", place(received), e.getMessage());
    try {
      handler.sendAgain(received);
      queue.accept();
    } catch (DiffstreamException away) {
      LOG.warn("the event at {} goes back: {}", place(received), away.getMessage());
      queue.release(RETRY);
    }
  }

  private static String place(Received received) {
    return received.topic() + "/" + received.partition() + "/" + received.offset();
  }

  private void pause() {
    try {
      if (stopped.await(1, TimeUnit.SECONDS)) {
        LOG.info("stopping");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Waits until the run at hand has come to its next step and gone back to the queue, where another
   * worker will take it: a process that ends while this thread is inside the engine crashes.
   */
  @Override
  public void close() {
    stopped.countDown();
    try {
      thread.join(STOP_TIMEOUT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

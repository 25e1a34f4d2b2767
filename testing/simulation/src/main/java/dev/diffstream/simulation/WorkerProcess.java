package dev.diffstream.simulation;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.EventLog.WorkQueue;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.Topics;
import dev.diffstream.worker.run.RetryPolicy;
import dev.diffstream.worker.run.RunEnvironment;
import dev.diffstream.worker.run.RunInterruptedException;
import dev.diffstream.worker.run.TaskHandler;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A trainer worker: the product's task handler with a learner that needs no model. */
final class WorkerProcess implements SimulatedProcess {
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final String name;
  private final ObjectStore store;
  private final EventLog log;
  private final Scheduler scheduler;
  private final SimulatedClock clock;
  private @Nullable WorkQueue queue;
  private @Nullable TaskHandler handler;
  private boolean idle;

  WorkerProcess(
      String name, ObjectStore store, EventLog log, Scheduler scheduler, SimulatedClock clock) {
    this.name = name;
    this.store = store;
    this.log = log;
    this.scheduler = scheduler;
    this.clock = clock;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void step() {
    try {
      TaskHandler running = handler == null ? start() : handler;
      WorkQueue joined = queue == null ? log.workQueue(Topics.TASKS, Topics.WORKERS) : queue;
      queue = joined;
      Optional<Received> received = joined.take(Duration.ZERO);
      idle = received.isEmpty();
      if (received.isPresent()) {
        settle(running, joined, received.get());
      }
    } catch (DiffstreamException e) {
      scheduler.note("joins the queue again: " + e.code());
      WorkQueue left = queue;
      queue = null;
      if (left != null) {
        left.close();
      }
    }
  }

  private TaskHandler start() {
    RetryPolicy retry = new RetryPolicy(PATIENCE, new SimulatedWaiting());
    TaskHandler started =
        new TaskHandler(
            new RunEnvironment(
                name, "none", "simulation", store, log, retry, OpenTelemetry.noop(), clock),
            new TinyLearner(scheduler, store, retry));
    handler = started;
    return started;
  }

  private void settle(TaskHandler running, WorkQueue joined, Received received) {
    try {
      running.handle(received, joined::holds);
    } catch (RunInterruptedException e) {
      joined.release(Duration.ZERO);
      return;
    } catch (DiffstreamException e) {
      running.sendAgain(received);
    }
    joined.accept();
  }

  /** The lock of what it held lasts until its time is over. */
  @Override
  public void crash() {
    queue = null;
    handler = null;
    idle = false;
  }

  @Override
  public boolean isIdle() {
    return idle;
  }

  /** Waiting lets time pass. */
  private final class SimulatedWaiting implements RetryPolicy.Waiting {
    @Override
    public long nanoTime() {
      return clock.nanoTime();
    }

    @Override
    public void pause(Duration duration) {
      scheduler.elapse(duration);
    }

    @Override
    public boolean isStopping() {
      return false;
    }
  }
}

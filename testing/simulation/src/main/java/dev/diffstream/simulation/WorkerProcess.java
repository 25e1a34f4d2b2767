package dev.diffstream.simulation;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.Topics;
import dev.diffstream.simulation.base.TinyBase;
import dev.diffstream.simulation.schedule.Scheduler;
import dev.diffstream.simulation.schedule.SimulatedClock;
import dev.diffstream.simulation.schedule.SimulatedProcess;
import dev.diffstream.worker.TaskLoop;
import dev.diffstream.worker.run.EventHandler;
import dev.diffstream.worker.run.RetryPolicy;
import dev.diffstream.worker.run.RunEnvironment;
import dev.diffstream.worker.run.TaskHandler;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A trainer worker: the product's task loop and handler, with a learner that needs no model. */
final class WorkerProcess implements SimulatedProcess {
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final String name;
  private final ObjectStore store;
  private final EventLog log;
  private final Scheduler scheduler;
  private final SimulatedClock clock;
  private final SimulatedClock.OfMachine wallClock;
  private @Nullable TaskLoop loop;
  private CountDownLatch stopped = new CountDownLatch(1);
  private boolean hadEvent;
  private boolean idle;

  WorkerProcess(
      String name, ObjectStore store, EventLog log, Scheduler scheduler, SimulatedClock clock) {
    this.name = name;
    this.store = store;
    this.log = log;
    this.scheduler = scheduler;
    this.clock = clock;
    this.wallClock = clock.new OfMachine();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void step() {
    TaskLoop running = loop == null ? start() : loop;
    loop = running;
    hadEvent = false;
    Duration pause = running.step();
    idle = !hadEvent && pause.isZero();
    if (stopped.getCount() == 0) {
      scheduler.note("stops");
      running.leave();
      loop = null;
    }
    scheduler.elapse(pause);
  }

  private TaskLoop start() {
    stopped = new CountDownLatch(1);
    RetryPolicy retry = new RetryPolicy(PATIENCE, new SimulatedWaiting());
    TaskHandler handler =
        new TaskHandler(
            new RunEnvironment(
                name, "none", "simulation", store, log, retry, OpenTelemetry.noop(), wallClock),
            new TinyLearner(scheduler, store, retry));
    Topics.Topic work = Topics.workTopic(TinyBase.DIGEST);
    retry.run("making the topic " + work.name(), () -> log.ensureTopic(work));
    return new TaskLoop(
        log,
        work.name(),
        new NotingHandler(handler),
        stopped,
        clock::nanoTime,
        status -> scheduler.note("ends"));
  }

  /** The lock of what it held lasts until its time is over. */
  @Override
  public void crash() {
    loop = null;
    idle = false;
  }

  @Override
  public void askToStop() {
    stopped.countDown();
  }

  @Override
  public void jumpClock(Duration by) {
    wallClock.jump(by);
  }

  @Override
  public boolean isIdle() {
    return idle;
  }

  /** Notes that there was an event. */
  private final class NotingHandler implements EventHandler {
    private final EventHandler handler;

    NotingHandler(EventHandler handler) {
      this.handler = handler;
    }

    @Override
    public void handle(Received received, BooleanSupplier lockHeld) {
      hadEvent = true;
      handler.handle(received, lockHeld);
    }

    @Override
    public void sendAgain(Received received) {
      handler.sendAgain(received);
    }

    @Override
    public void verifyState() {
      handler.verifyState();
    }
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
      return stopped.getCount() == 0;
    }
  }
}

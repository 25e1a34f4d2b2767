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
import dev.diffstream.worker.run.Precedence;
import dev.diffstream.worker.run.ProvisionalHandler;
import dev.diffstream.worker.run.RetryPolicy;
import dev.diffstream.worker.run.RunEnvironment;
import dev.diffstream.worker.run.TaskHandler;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A trainer worker: the product's task loops and handlers, for runs and for provisionals, with
 * learners that need no model. A step is one of either loop.
 */
final class WorkerProcess implements SimulatedProcess {
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /** One for runs, one for provisionals. */
  private static final int LOOPS = 2;

  private final String name;
  private final ObjectStore store;
  private final EventLog log;
  private final Scheduler scheduler;
  private final SimulatedClock clock;
  private final SimulatedClock.OfMachine wallClock;
  private @Nullable List<TaskLoop> loops;
  private CountDownLatch stopped = new CountDownLatch(1);
  private boolean hadEvent;
  private final boolean[] idle = new boolean[LOOPS];

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
    List<TaskLoop> running = loops == null ? start() : loops;
    loops = running;
    hadEvent = false;
    int turn = scheduler.random().nextInt(LOOPS);
    Duration pause = running.get(turn).step();
    idle[turn] = !hadEvent && pause.isZero();
    if (stopped.getCount() == 0) {
      scheduler.note("stops");
      running.forEach(TaskLoop::leave);
      loops = null;
    }
    scheduler.elapse(pause);
  }

  private List<TaskLoop> start() {
    stopped = new CountDownLatch(1);
    RetryPolicy retry = new RetryPolicy(PATIENCE, new SimulatedWaiting());
    RunEnvironment environment =
        new RunEnvironment(
            name, "none", "simulation", store, log, retry, OpenTelemetry.noop(), wallClock);
    TaskHandler runs = new TaskHandler(environment, new TinyLearner(scheduler, store, retry));
    ProvisionalHandler provisionals =
        new ProvisionalHandler(
            environment, new TinyHeadLearner(scheduler, store, retry), new Precedence());
    Topics.Topic work = Topics.workTopic(TinyBase.DIGEST);
    retry.run("making the topic " + work.name(), () -> log.ensureTopic(work));
    return List.of(
        loop(work, Topics.WORKERS, runs), loop(work, Topics.PROVISIONAL_WORKERS, provisionals));
  }

  private TaskLoop loop(Topics.Topic work, String group, EventHandler handler) {
    return new TaskLoop(
        log,
        work.name(),
        group,
        new NotingHandler(handler),
        stopped,
        clock::nanoTime,
        status -> scheduler.note("ends"));
  }

  /** The lock of what it held lasts until its time is over. */
  @Override
  public void crash() {
    loops = null;
    Arrays.fill(idle, false);
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
    return idle[0] && idle[1];
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

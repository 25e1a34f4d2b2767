package dev.diffstream.simulation;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.memory.MemoryEventLog;
import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.simulation.base.TinyBase;
import dev.diffstream.simulation.base.TinyQuota;
import dev.diffstream.simulation.damage.SnapshotFaults;
import dev.diffstream.simulation.schedule.InvariantViolation;
import dev.diffstream.simulation.schedule.Scheduler;
import dev.diffstream.simulation.schedule.SimulatedClock;
import dev.diffstream.simulation.schedule.SimulatedProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One deployment under one seed: two workers, two registries, two gateways, a producer, operators
 * and a person who corrects answers.
 */
final class Simulation {
  private static final int STEPS_WITH_FAULTS = 220;
  private static final int MAX_STEPS_TO_CONVERGE = 4_000;
  private static final int QUIET_ROUNDS = 10; // longer than a lock and the pause between sweeps
  private static final int DELIVERY_LIMIT = 10;
  private static final Duration LOCK = Duration.ofMinutes(10);
  private static final List<String> KINDS = List.of("good", "weak", "bad", "faulty");

  private final SimulatedClock clock = new SimulatedClock();
  private final MemoryObjectStore store = new MemoryObjectStore();
  private final MemoryEventLog log = new MemoryEventLog(Topics.all(), DELIVERY_LIMIT, LOCK, clock);
  private final Scheduler scheduler;
  private final TinyQuota quota;
  private final Invariants invariants;
  private final BrokenObject broken;
  private final List<GatewayProcess> gateways = new ArrayList<>();

  /**
   * How it went.
   *
   * @param violation null if every invariant held
   * @param certificates words of gateways that compared other tasks after a new version
   * @param provisionals heads alone that answered while their task had no champion
   * @param trace the last steps, for people
   */
  record Result(
      long seed,
      long steps,
      long traceHash,
      @Nullable String violation,
      long certificates,
      long provisionals,
      List<String> trace) {}

  Simulation(long seed) {
    scheduler = new Scheduler(seed, clock);
    quota = TinyQuota.choose(scheduler.random());
    invariants = new Invariants(store, log, quota);
    log.stopRenewals(); // a lock ends when its time is over on the simulated clock
    store.put(
        ObjectKeys.baseDescriptor(TinyBase.DIGEST), Json.write(TinyBase.descriptor()), Map.of());
    putData();
    SimulatedStore simulatedStore = new SimulatedStore(store, scheduler, invariants);
    EventLog simulatedLog = new SimulatedLog(log, scheduler, invariants);
    broken = BrokenObject.choose(scheduler.random());
    broken.put(store);
    addProcesses(simulatedStore, simulatedLog);
  }

  private void putData() {
    for (String task : ProducerProcess.TASKS) {
      for (String kind : KINDS) {
        for (int file = 0; file < 4; file++) {
          store.put(
              ObjectKeys.data(new TaskId(task), kind + "-" + file + ".jsonl"),
              new byte[] {1},
              Map.of());
        }
      }
    }
  }

  private void addProcesses(ObjectStore store, EventLog log) {
    int events = 4 + scheduler.random().nextInt(9);
    scheduler.add(new ProducerProcess(log, scheduler, events));
    List<RegistryProcess> registries = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      scheduler.add(new WorkerProcess("worker-" + i, store, log, scheduler, clock));
      RegistryProcess registry =
          new RegistryProcess("registry-" + i, store, log, quota.settings(), scheduler, clock);
      registries.add(registry);
      scheduler.add(registry);
      GatewayProcess gateway =
          new GatewayProcess("gateway-" + i, store, log, scheduler, clock, invariants);
      gateways.add(gateway);
      scheduler.add(gateway);
    }
    scheduler.add(new OperatorProcess(store, scheduler, registries));
    scheduler.add(new CorrectorProcess(scheduler, registries));
    scheduler.add(new RunOperatorProcess(this.store, scheduler, registries, events));
    scheduler.add(new SnapshotFaults(this.store, scheduler));
    scheduler.add(new NewerProcess(store, log, scheduler, events, registries));
  }

  static Result run(long seed) {
    Simulation simulation = new Simulation(seed);
    String violation = null;
    try {
      simulation.run();
    } catch (InvariantViolation e) {
      violation = e.getMessage();
    } catch (RuntimeException | Error e) {
      violation = stackTrace(e);
    }
    return new Result(
        seed,
        simulation.scheduler.steps(),
        simulation.scheduler.traceHash(),
        violation,
        simulation.invariants.certificates(),
        simulation.invariants.provisionals(),
        simulation.scheduler.lastSteps());
  }

  private void run() {
    for (int i = 0; i < STEPS_WITH_FAULTS; i++) {
      scheduler.stepAny();
      scheduler.elapse(Duration.ofMillis(scheduler.random().nextInt(2_000)));
      check();
    }
    scheduler.stopFaults();
    Convergence convergence = new Convergence(broken, log, invariants);
    converge(convergence);
    convergence.check(gateways);
  }

  private void check() {
    invariants.check();
    gateways.forEach(GatewayProcess::check);
  }

  /**
   * Round after round, until nobody had anything to do for some rounds, and no rule had an event
   * sent.
   */
  private void converge(Convergence convergence) {
    int quiet = 0;
    int events = 0;
    while (quiet < QUIET_ROUNDS) {
      if (scheduler.steps() > STEPS_WITH_FAULTS + MAX_STEPS_TO_CONVERGE) {
        throw new InvariantViolation("convergence", "it does not come to rest, for " + busy());
      }
      scheduler.processes().forEach(scheduler::step);
      scheduler.elapse(Duration.ofMinutes(2));
      check();
      boolean idle = scheduler.processes().stream().allMatch(SimulatedProcess::isIdle);
      int before = events;
      events = convergence.taskEvents();
      quiet = idle && events == before ? quiet + 1 : 0;
    }
  }

  private String busy() {
    return scheduler.processes().stream()
        .filter(process -> !process.isIdle())
        .map(SimulatedProcess::name)
        .collect(Collectors.joining(", "));
  }

  private static String stackTrace(Throwable fault) {
    java.io.StringWriter text = new java.io.StringWriter();
    fault.printStackTrace(new java.io.PrintWriter(text));
    return "a fault of the program: " + text;
  }
}

package dev.diffstream.simulation;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.run.RunControl;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.simulation.schedule.Scheduler;
import dev.diffstream.simulation.schedule.SimulatedProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A person who pauses, resumes and cancels runs, at one registry or another, and resumes in the end
 * what is still paused. A request whose outcome is not known is made again, with the same id.
 */
final class RunOperatorProcess implements SimulatedProcess {
  private static final List<String> ACTIONS =
      List.of(RunControl.PAUSE, RunControl.PAUSE, RunControl.RESUME, RunControl.CANCEL);

  private final ObjectStore store;
  private final Scheduler scheduler;
  private final Random random;
  private final List<RegistryProcess> registries;
  private final List<String> runs = new ArrayList<>();
  private int requestsLeft;
  private int requests;
  private @Nullable Request open;

  private record Request(String run, String action, String id) {}

  /**
   * @param store without faults: what the person sees
   * @param events whose runs may exist
   */
  RunOperatorProcess(
      ObjectStore store, Scheduler scheduler, List<RegistryProcess> registries, int events) {
    this.store = store;
    this.scheduler = scheduler;
    this.random = scheduler.random();
    this.registries = List.copyOf(registries);
    this.requestsLeft = random.nextInt(8);
    for (int i = 0; i < events; i++) {
      runs.add(RunIds.of(ProducerProcess.SOURCE, "e-" + i));
    }
  }

  @Override
  public String name() {
    return "run-operator";
  }

  @Override
  public void step() {
    Request request = open == null ? next() : open;
    if (request == null) {
      return;
    }
    open = request;
    try {
      registries
          .get(random.nextInt(registries.size()))
          .ask(request.run(), request.action(), request.id());
      scheduler.note(request.action() + " was asked of " + request.run());
      open = null;
    } catch (DiffstreamException e) {
      scheduler.note("is answered " + e.code() + ": " + e.getMessage());
      if (!e.code().retryable() && e.code() != ErrorCode.OUTCOME_UNKNOWN) {
        open = null;
      }
    }
  }

  private @Nullable Request next() {
    if (!scheduler.faultsAreOn()) {
      return runs.stream().filter(this::isPaused).findFirst().map(this::resume).orElse(null);
    }
    if (requestsLeft == 0 || random.nextInt(4) > 0) {
      return null;
    }
    requestsLeft--;
    requests++;
    return new Request(
        runs.get(random.nextInt(runs.size())),
        ACTIONS.get(random.nextInt(ACTIONS.size())),
        "request-" + requests);
  }

  private Request resume(String run) {
    requests++;
    return new Request(run, RunControl.RESUME, "request-" + requests);
  }

  /** Somebody paused it, and it has not come to its end all the same. */
  private boolean isPaused(String run) {
    String prefix = ObjectKeys.controlPrefix(run);
    long newest;
    try (Stream<String> keys = store.list(prefix)) {
      newest = keys.mapToLong(key -> ObjectKeys.number(prefix, key).orElse(0)).max().orElse(0);
    }
    if (newest == 0) {
      return false;
    }
    String key = ObjectKeys.control(run, newest);
    RunControl control = Json.read(store.get(key, 1 << 20).orElseThrow(), RunControl.class, key);
    return control.action().equals(RunControl.PAUSE)
        && registries.stream().noneMatch(registry -> registry.hasEnded(run));
  }

  /** The person goes on where they were. */
  @Override
  public void crash() {}

  @Override
  public void jumpClock(Duration by) {}

  @Override
  public boolean isIdle() {
    return open == null && runs.stream().noneMatch(this::isPaused);
  }
}

package dev.diffstream.simulation;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.move.MoveRequest;
import dev.diffstream.registry.move.MoveRequestBuilder;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.Move;
import dev.diffstream.simulation.schedule.InvariantViolation;
import dev.diffstream.simulation.schedule.Scheduler;
import dev.diffstream.simulation.schedule.SimulatedProcess;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A person who promotes, rolls back, withdraws and tries versions as canary, at one registry or
 * another. A request whose outcome is not known is made again, with the same id.
 */
final class OperatorProcess implements SimulatedProcess {
  private static final List<String> KINDS =
      List.of(Move.PROMOTE, Move.PROMOTE, Move.ROLL_BACK, Move.CANARY, Move.WITHDRAW);

  private final ObjectStore store;
  private final Scheduler scheduler;
  private final Random random;
  private final List<RegistryProcess> registries;
  private int movesLeft;
  private @Nullable TaskId task;
  private @Nullable MoveRequest open;

  OperatorProcess(ObjectStore store, Scheduler scheduler, List<RegistryProcess> registries) {
    this.store = store;
    this.scheduler = scheduler;
    this.random = scheduler.random();
    this.registries = List.copyOf(registries);
    this.movesLeft = random.nextInt(7);
  }

  @Override
  public String name() {
    return "operator";
  }

  @Override
  public void step() {
    if (movesLeft == 0) {
      return;
    }
    try {
      MoveRequest request = open == null ? ask() : open;
      if (request != null) {
        make(Objects.requireNonNull(task), request);
      }
    } catch (DiffstreamException e) {
      scheduler.note("is answered " + e.code());
      if (!e.code().retryable() && e.code() != ErrorCode.OUTCOME_UNKNOWN) {
        done();
      }
    }
  }

  /** Null while the task has no aliases, or the seed says: later. */
  private @Nullable MoveRequest ask() {
    TaskId chosen = new TaskId(ProducerProcess.TASKS.get(random.nextInt(2)));
    long newest = newest(chosen);
    if (newest == 0 || (scheduler.faultsAreOn() && random.nextInt(3) > 0)) {
      movesLeft -= scheduler.faultsAreOn() ? 0 : 1;
      return null;
    }
    String kind = KINDS.get(random.nextInt(KINDS.size()));
    boolean names = kind.equals(Move.PROMOTE) || kind.equals(Move.CANARY);
    task = chosen;
    open =
        MoveRequestBuilder.builder()
            .kind(kind)
            .version(names ? 1L + random.nextInt(3) : null)
            .weight(kind.equals(Move.CANARY) ? 0.5 : null)
            .generation(Math.max(1, newest - (random.nextInt(5) == 0 ? 1 : 0)))
            .requestId("request-" + movesLeft)
            .actor("operator")
            .build();
    return open;
  }

  private long newest(TaskId task) {
    String prefix = ObjectKeys.aliasesPrefix(task);
    try (Stream<String> keys = store.list(prefix)) {
      return keys.mapToLong(key -> ObjectKeys.number(prefix, key).orElse(0)).max().orElse(0);
    }
  }

  private void make(TaskId task, MoveRequest request) {
    RegistryProcess registry = registries.get(random.nextInt(registries.size()));
    AliasGeneration made = registry.move(task, request);
    Move move = Objects.requireNonNull(made.move());
    if (!request.requestId().equals(move.requestId())
        || made.generation() != request.generation() + 1) {
      throw new InvariantViolation("I4", request + " was answered by " + made);
    }
    scheduler.note(request.kind() + " made generation " + made.generation());
    done();
  }

  private void done() {
    open = null;
    movesLeft--;
  }

  /** The person goes on where they were. */
  @Override
  public void crash() {}

  @Override
  public void jumpClock(Duration by) {}

  @Override
  public boolean isIdle() {
    return movesLeft == 0;
  }
}

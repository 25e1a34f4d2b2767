package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.registry.MortalRegistry.Killed;
import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.move.MoveRequest;
import dev.diffstream.registry.move.MoveRequestBuilder;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.Move;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Two registries are asked for 200 moves of 20 tasks at the same time, and are killed meanwhile.
 */
class ConcurrentMovesTest {
  private static final int TASKS = 20;
  private static final int MOVES = 200;
  private static final int VERSIONS = 3;
  private static final int LEAST_KILLS = 3;

  private final long seed = Long.getLong("moves.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final InMemoryBackends backends = new InMemoryBackends();
  private final AliasLog aliases =
      new AliasLog(backends.store, InstantSource.fixed(InMemoryBackends.NOW));
  private final AtomicInteger requests = new AtomicInteger();
  private final List<MortalRegistry> all = new ArrayList<>();
  private final MortalRegistry[] registries = new MortalRegistry[2];
  private int kills;

  /** What a caller was told at last. */
  private record Made(String task, long generation, String requestId) {}

  private static TaskId task(int number) {
    return new TaskId("task-" + number);
  }

  private void publish() {
    for (int task = 0; task < TASKS; task++) {
      for (int version = 1; version <= VERSIONS; version++) {
        backends.publish(
            task(task).value(),
            "e" + task + "-" + version,
            InMemoryBackends.diff(task(task).value(), new int[] {version}, 0.7 + version / 100.0));
      }
    }
    settle();
  }

  /** A registry that nobody kills does what is left to do. */
  private void settle() {
    try (Registrar registrar = backends.registrar()) {
      while (!registrar.recover(Duration.ZERO)) {
        Thread.onSpinWait();
      }
      registrar.step(Duration.ZERO);
    }
  }

  /** The one that is asked; a new one where it was killed. */
  private synchronized MortalRegistry registry(int number) {
    MortalRegistry registry = registries[number];
    if (registry == null || registry.isDead()) {
      kills += registry == null ? 0 : 1;
      registry = new MortalRegistry(backends, 30 + random.nextInt(300), random.nextBoolean());
      registries[number] = registry;
      all.add(registry);
    }
    return registry;
  }

  /** Asks until a move is made, as a person who sees why it was not and looks again. */
  private Made move(int number) {
    TaskId task = task(number % TASKS);
    int asked = number;
    while (true) {
      AliasGeneration seen = aliases.newest(task).orElseThrow();
      long champion = Objects.requireNonNull(seen.champion()).version();
      MoveRequest request =
          MoveRequestBuilder.builder()
              .kind(Move.PROMOTE)
              .version(1 + champion % VERSIONS)
              .generation(seen.generation())
              .requestId("request-" + requests.incrementAndGet())
              .actor("caller-" + number)
              .build();
      try {
        return new Made(
            task.value(), made(task, request, asked++).generation(), request.requestId());
      } catch (DiffstreamException refused) {
        assertThat(refused.code()).isEqualTo(ErrorCode.STALE_GENERATION);
      }
    }
  }

  /** Asks the same again, of the other registry, while no answer comes. */
  private AliasGeneration made(TaskId task, MoveRequest request, int first) {
    for (int number = first; ; number++) {
      try {
        return registry(number % 2).move(task, request);
      } catch (Killed noAnswer) {
        // whether the move was made is not known
      }
    }
  }

  private Map<String, List<AliasGeneration>> generations() {
    Map<String, List<AliasGeneration>> generations = new TreeMap<>();
    for (int number = 0; number < TASKS; number++) {
      TaskId task = task(number);
      generations.put(
          task.value(),
          aliases.numbers(task).stream()
              .sorted()
              .map(generation -> aliases.find(task, generation).orElseThrow())
              .toList());
    }
    return generations;
  }

  @Test
  void eachGenerationHasOneCauseAndNoMoveIsLost() throws Exception {
    System.out.println("moves.seed=" + seed);
    publish();
    List<Callable<Made>> callers = new ArrayList<>();
    for (int number = 0; number < MOVES; number++) {
      int caller = number;
      callers.add(() -> move(caller));
    }
    Map<String, Made> told = new HashMap<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (Future<Made> made : threads.invokeAll(callers)) {
        told.put(made.get().requestId(), made.get());
      }
    }
    for (MortalRegistry registry : all) {
      registry.end();
    }
    settle();
    assertThat(kills).as("registries that were killed").isGreaterThanOrEqualTo(LEAST_KILLS);
    check(told);
  }

  private void check(Map<String, Made> told) {
    assertThat(told).hasSize(MOVES);
    Map<String, Made> found = new HashMap<>();
    Map<String, Long> newest = new TreeMap<>();
    generations()
        .forEach(
            (task, generations) -> {
              for (int i = 0; i < generations.size(); i++) {
                AliasGeneration generation = generations.get(i);
                assertThat(generation.generation()).as(task).isEqualTo(i + 1);
                Move move = Objects.requireNonNull(generation.move());
                if (move.kind().equals(Move.PROMOTE)) {
                  String request = Objects.requireNonNull(move.requestId());
                  Made made = new Made(task, generation.generation(), request);
                  assertThat(found.put(request, made)).as("another cause of " + made).isNull();
                }
              }
              newest.put(task, (long) generations.size());
            });
    assertThat(found).as("moves that were made").isEqualTo(told);
    Map<String, Long> announced = new TreeMap<>();
    backends
        .events(Topics.ANNOUNCEMENTS, VersionAnnounced.class)
        .forEach(event -> announced.put(event.taskId(), event.generation()));
    assertThat(announced).as("last announcements").isEqualTo(newest);
  }
}

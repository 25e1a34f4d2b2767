package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.VersionAnnounced;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The registry dies after its n-th write, for every n, and starts again: the end is always the
 * same. A second run dies before the n-th write instead, as a store that refuses it.
 */
final class CrashTest {
  private static final Set<String> WRITES = Set.of("put", "putIfAbsent", "publish");
  private static final int[] POSITIONS = {1, 5, 999};

  /** What must be equal whenever the registry died. */
  private record End(
      Map<String, String> objects,
      Map<String, Long> announced,
      List<String> failures,
      List<String> letters) {}

  @Test
  void theEndDoesNotDependOnWhereItDied() {
    End calm = end(Integer.MAX_VALUE, true);
    assertThat(calm.objects()).hasSize(6);
    assertThat(calm.announced()).isEqualTo(Map.of("reviews", 2L, "songs", 1L));
    assertThat(calm.failures()).hasSize(2);
    int writes = countWrites();
    assertThat(writes).isGreaterThanOrEqualTo(10);
    for (int n = 0; n < writes; n++) {
      assertThat(end(n, true)).as("died after write " + n).isEqualTo(calm);
      assertThat(end(n, false)).as("died before write " + n).isEqualTo(calm);
    }
  }

  private static InMemoryBackends backends() {
    InMemoryBackends backends = new InMemoryBackends();
    backends.publish("reviews", "e1", InMemoryBackends.diff("reviews", POSITIONS, 0.8));
    backends.publish("reviews", "e2", InMemoryBackends.diff("reviews", POSITIONS, 0.4));
    backends.publish("reviews", "e3", InMemoryBackends.diff("reviews", POSITIONS, 0.9));
    DiffPublished lost =
        backends.stored("songs", "e4", InMemoryBackends.diff("songs", POSITIONS, 0.9));
    backends.report(lost);
    backends.log.publish(
        Topics.TASKS_BROKER_DEAD_LETTERS,
        new EventLog.Message("news", Map.of("__dlq.errors.offset", "3"), new byte[0]));
    return backends;
  }

  private static int countWrites() {
    InMemoryBackends backends = backends();
    Death never = new Death(Integer.MAX_VALUE, true);
    live(backends, never);
    return Integer.MAX_VALUE - never.left;
  }

  private static End end(int n, boolean after) {
    InMemoryBackends backends = backends();
    try {
      live(backends, new Death(n, after));
    } catch (Died death) {
      // the next life follows
    }
    live(backends, new Death(Integer.MAX_VALUE, true));
    return new End(
        backends.registryObjects(),
        backends.events(Topics.ANNOUNCEMENTS, VersionAnnounced.class).stream()
            .collect(
                Collectors.toMap(
                    VersionAnnounced::taskId,
                    VersionAnnounced::generation,
                    (earlier, later) -> later)),
        backends.events(Topics.RUNS, RunFailed.class).stream()
            .map(f -> f.runId() + f.errorCode())
            .sorted()
            .toList(),
        backends.records(Topics.TASKS_DEAD_LETTERS).stream()
            .map(r -> r.headers().get("diffstream_run_id") + InMemoryBackends.error(r))
            .sorted()
            .toList());
  }

  private static void live(InMemoryBackends backends, Death death) {
    ObjectStore store = death.wrap(ObjectStore.class, backends.store);
    EventLog log = death.wrap(EventLog.class, backends.log);
    try (Registrar registrar = InMemoryBackends.registrar(store, log)) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
      registrar.step(Duration.ZERO);
    }
  }

  /** The end of a process: no exception that the program could handle. */
  private static final class Died extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** Lets {@code left} writes through, then fails the next: with or without having done it. */
  private static final class Death {
    private int left;
    private final boolean after;

    Death(int left, boolean after) {
      this.left = left;
      this.after = after;
    }

    <T> T wrap(Class<T> type, T target) {
      return type.cast(
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (proxy, method, arguments) -> {
                boolean dies = WRITES.contains(method.getName()) && left-- == 0;
                if (dies && !after) {
                  throw death();
                }
                try {
                  Object result = method.invoke(target, arguments);
                  if (dies) {
                    throw death();
                  }
                  return result;
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              }));
    }

    private static Died death() {
      return new Died();
    }
  }
}

package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.RunFailed;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two registries over one bucket and one broker. */
class TwoRegistriesTest {
  private final InMemoryBackends backends = new InMemoryBackends();

  /**
   * One registry refuses the diff while the other is about to make the {@code nth} call of {@code
   * method} on the refusals of the run, having seen none.
   */
  @ParameterizedTest
  @CsvSource({"putIfAbsent, 1", "list, 2"})
  void aDiffThatBothRefuseIsRefusedOnce(String method, int nth) {
    DiffPublished event =
        backends.publish("songs", "e1", InMemoryBackends.diff("songs", new int[] {3}, 0.3));
    String refusals = ObjectKeys.refusalsPrefix(event.runId());
    AtomicInteger calls = new AtomicInteger();
    ObjectStore slow =
        HookedStore.over(
            backends.store,
            (called, key) -> {
              if (called.equals(method)
                  && key.startsWith(refusals)
                  && calls.incrementAndGet() == nth) {
                run(backends.store);
              }
            });
    run(slow);
    assertThat(calls.get()).isGreaterThanOrEqualTo(nth);
    assertThat(backends.store.list(refusals)).hasSize(1);
    assertThat(backends.records(Topics.TASKS_DEAD_LETTERS)).hasSize(1);
    assertThat(backends.events(Topics.RUNS, RunFailed.class)).hasSize(1);
  }

  private void run(ObjectStore store) {
    try (Registrar registrar = InMemoryBackends.registrar(store, backends.log)) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
    }
  }
}

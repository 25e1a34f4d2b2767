package dev.diffstream.registry;

import static dev.diffstream.registry.CorrectedWorld.ADA;
import static dev.diffstream.registry.CorrectedWorld.TASK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.correction.CorrectionBody;
import dev.diffstream.registry.retraining.RetrainingLoop;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.correction.Correction;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A request that is made at a second registry while the first is about to write its correction. */
class CorrectionRaceTest {
  private final CorrectedWorld world = new CorrectedWorld();

  @ParameterizedTest
  @CsvSource({"stat, false", "putIfAbsent, false", "stat, true", "putIfAbsent, true"})
  void oneCorrectionForOneRequest(String method, boolean othersCameBefore) {
    RetrainingLoop other = world.registry();
    if (othersCameBefore) {
      world.correct(other, "no");
      world.correct(other, "no");
    }
    CorrectionBody body = CorrectedWorld.body(7, "yes", "no");
    String claim = ObjectKeys.correctionRequest(TASK, Sha256.of("k"));
    AtomicInteger calls = new AtomicInteger();
    List<Correction> answers = new ArrayList<>();
    ObjectStore slow =
        HookedStore.over(
            world.backends.store,
            (called, key) -> {
              boolean claimed = world.backends.store.stat(claim).isPresent();
              if (claimed
                  && called.equals(method)
                  && key.startsWith(ObjectKeys.correctionsPrefix(TASK))
                  && calls.getAndIncrement() == 0) {
                world.correct(other, "no"); // takes the next number
                answers.add(other.corrections().add(TASK, body, ADA, "k"));
              }
            });
    RetrainingLoop first = world.registry(slow, world.backends.log);
    answers.add(first.corrections().add(TASK, body, ADA, "k"));
    assertThat(calls.get()).isPositive();
    assertThat(answers.get(0)).isEqualTo(answers.get(1));
    assertThat(world.backends.store.list(ObjectKeys.correctionsPrefix(TASK)))
        .hasSize(othersCameBefore ? 4 : 2);
  }
}

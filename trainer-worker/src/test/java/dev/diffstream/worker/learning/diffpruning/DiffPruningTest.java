package dev.diffstream.worker.learning.diffpruning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.Base;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.TinyTask;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DiffPruningTest {
  private static final double DENSITY = 0.05;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void goesThroughItsStagesAndEndsTheFirstNearTheWantedShare(boolean structured) {
    try (Base base = TinyWorld.base()) {
      Set<Phase> phases = EnumSet.noneOf(Phase.class);
      LearnedDiff learned =
          new DiffPruning(2)
              .learn(
                  TinyTask.of(base, 42, Map.of("structured", structured), List.of(DENSITY)),
                  (phase, step, steps, loss, share) -> phases.add(phase));
      assertThat(phases)
          .containsExactlyInAnyOrder(Phase.LEARNING_MASK, Phase.PROJECTING, Phase.FIXED_MASK);
      assertThat(learned.figures().get("stage1NonzeroShare")).isBetween(DENSITY, 5 * DENSITY);
      assertThat(learned.figures()).containsEntry("density", DENSITY);
    }
  }
}

package dev.diffstream.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SimulationTest {
  private static final long SEEDS = Long.getLong("simulation.seeds", 1_000);
  private static final long FIRST = Long.getLong("simulation.first", 1);

  @Test
  void everyInvariantHoldsUnderEverySeed() {
    long certificates = 0;
    long provisionals = 0;
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      Simulation.Result result = Simulation.run(seed);
      certificates += result.certificates();
      provisionals += result.provisionals();
      assertThat(result.violation())
          .as("seed %d, replay: ./diffstream simulate --seed %d%n%s", seed, seed, tail(result))
          .isNull();
    }
    assertThat(certificates).as("other tasks were compared").isGreaterThan(SEEDS / 10);
    assertThat(provisionals).as("heads alone answered").isGreaterThan(SEEDS / 10);
  }

  @Test
  void aSeedGivesTheSameStepsAgain() {
    for (long seed = 1; seed <= 20; seed++) {
      Simulation.Result once = Simulation.run(seed);
      Simulation.Result again = Simulation.run(seed);
      assertThat(again.traceHash()).as("seed %d", seed).isEqualTo(once.traceHash());
      assertThat(again.trace()).as("seed %d", seed).isEqualTo(once.trace());
      assertThat(again.steps()).isEqualTo(once.steps());
    }
  }

  private static String tail(Simulation.Result result) {
    int from = Math.max(0, result.trace().size() - 60);
    return String.join("\n", result.trace().subList(from, result.trace().size()));
  }
}

package dev.diffstream.benchmarks.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PairedDifferencesTest {
  @ParameterizedTest
  @CsvSource({
    "1, 12.7062",
    "2, 4.3027",
    "3, 3.1824",
    "4, 2.7764",
    "9, 2.2622",
    "10, 2.2281",
    "30, 2.0423",
    "120, 1.9799"
  })
  void criticalValuesAreThoseOfThePrintedTable(int degrees, double expected) {
    assertThat(StudentT.critical(0.95, degrees)).isCloseTo(expected, within(5e-5));
  }

  @Test
  void theIntervalOfOneTwoThreeIsTheHandWorkedOne() {
    PairedDifferences found = PairedDifferences.of(Map.of("a", List.of(1.0, 2.0, 3.0)));
    assertThat(found.mean()).isEqualTo(2);
    assertThat(found.pairs()).isEqualTo(3);
    assertThat(found.tasks()).isEqualTo(1);
    // deviation 1, error 1 / sqrt 3 = 0.57735, times 4.30265
    Interval interval = Objects.requireNonNull(found.tInterval());
    assertThat(interval.low()).isCloseTo(-0.48414, within(1e-4));
    assertThat(interval.high()).isCloseTo(4.48414, within(1e-4));
    assertThat(found.bootstrapOverTasks()).isNull();
  }

  @Test
  void oneDifferenceHasNoInterval() {
    PairedDifferences found = PairedDifferences.of(Map.of("a", List.of(-1.5)));
    assertThat(found.mean()).isEqualTo(-1.5);
    assertThat(found.tInterval()).isNull();
    assertThat(found.bootstrapOverTasks()).isNull();
  }

  /** Of two tasks a quarter of the draws are the one alone, a quarter the other alone. */
  @Test
  void theBootstrapDrawsTasksAndNotSeeds() {
    PairedDifferences found =
        PairedDifferences.of(Map.of("a", List.of(-1.0, 1.0), "b", List.of(2.0, 4.0)));
    assertThat(found.mean()).isEqualTo(1.5);
    assertThat(found.bootstrapOverTasks()).isEqualTo(new Interval(0, 3));
  }

  @Test
  void equalDifferencesLeaveNoDoubt() {
    PairedDifferences found =
        PairedDifferences.of(Map.of("a", List.of(0.5, 0.5), "b", List.of(0.5)));
    assertThat(found.tInterval()).isEqualTo(new Interval(0.5, 0.5));
    assertThat(found.bootstrapOverTasks()).isEqualTo(new Interval(0.5, 0.5));
  }
}

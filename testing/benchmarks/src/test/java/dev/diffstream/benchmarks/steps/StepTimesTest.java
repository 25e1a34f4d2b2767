package dev.diffstream.benchmarks.steps;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StepTimesTest {
  @Test
  void theMedianIsTheMiddleOne() {
    assertThat(StepTimes.median(new double[] {9, 1, 5})).isEqualTo(5);
    assertThat(StepTimes.median(new double[] {9, 1, 5, 6})).isEqualTo(5.5);
  }
}

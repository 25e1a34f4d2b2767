package dev.diffstream.benchmarks.statistics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MedianTest {
  @Test
  void theMedianIsTheMiddleOne() {
    assertThat(Median.of(new double[] {9, 1, 5})).isEqualTo(5);
    assertThat(Median.of(new double[] {9, 1, 5, 6})).isEqualTo(5.5);
  }

  @Test
  void ratiosAreTakenPairByPair() {
    double[] above = {1, 100, 9};
    double[] below = {1, 10, 3};
    assertThat(Median.ofRatios(above, below)).isEqualTo(3);
  }
}

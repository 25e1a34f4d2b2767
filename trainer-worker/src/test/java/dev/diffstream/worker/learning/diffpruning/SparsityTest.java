package dev.diffstream.worker.learning.diffpruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SparsityTest {
  private final Sparsity sparsity = new Sparsity(0.5, 0.005, 1000, 1e-6);

  @Test
  void theCurveStaysFallsInEqualRatiosAndStays() {
    assertThat(sparsity.curve(1)).isEqualTo(0.5);
    assertThat(sparsity.curve(200)).isEqualTo(0.5);
    assertThat(sparsity.curve(500)).isCloseTo(0.05, within(1e-12));
    assertThat(sparsity.curve(350) / sparsity.curve(300))
        .isCloseTo(sparsity.curve(650) / sparsity.curve(600), within(1e-12));
    assertThat(sparsity.curve(800)).isCloseTo(0.005, within(1e-12));
    assertThat(sparsity.curve(1000)).isCloseTo(0.005, within(1e-12));
  }

  @Test
  void lambdaWaitsThenFollowsTheShareWithinATenth() {
    sparsity.observe(200, 0.5, share -> 0);
    assertThat(sparsity.lambda()).isEqualTo(1e-6f);
    sparsity.observe(500, 0.5, share -> 0);
    assertThat((double) sparsity.lambda()).isCloseTo(1.1e-6, within(1e-12));
    sparsity.observe(500, 0, share -> 0);
    assertThat((double) sparsity.lambda()).isCloseTo(0.99e-6, within(1e-12));
    sparsity.observe(500, 0.05 * 1.5, share -> 0);
    assertThat((double) sparsity.lambda()).isCloseTo(0.99e-6 * Math.pow(1.5, 0.1), within(1e-12));
  }

  @Test
  void gatesAreMovedOnlyBehindTheBeginningEveryFifthStepAndAboveTheCurve() {
    assertThat(shiftAfter(200, 0.9)).isZero();
    assertThat(shiftAfter(505, 0.5)).isEqualTo(-sparsity.curve(505));
    assertThat(shiftAfter(506, 0.5)).isZero();
    assertThat(shiftAfter(500, 0.0509)).isZero();
    assertThat(shiftAfter(500, 0.0511)).isEqualTo(-sparsity.curve(500));
  }

  @Test
  void gatesAreNeverMovedUp() {
    sparsity.observe(505, 0.5, share -> -1);
    assertThat(sparsity.shift()).isZero();
  }

  /** With the wanted share itself for the alpha, so that it can be seen. */
  private double shiftAfter(long step, double share) {
    sparsity.observe(step, share, wanted -> wanted);
    return sparsity.shift();
  }

  @Test
  void aTargetAboveWhatHasStateKeepsEveryGateOpen() {
    Sparsity all = new Sparsity(0.1, 0.4, 100, 1e-6);
    assertThat(all.curve(100)).isEqualTo(0.1);
    all.observe(100, 0.1, share -> 3);
    assertThat(all.shift()).isZero();
  }
}

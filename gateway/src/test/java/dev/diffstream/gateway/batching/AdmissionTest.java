package dev.diffstream.gateway.batching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class AdmissionTest {
  private final Admission admission = new Admission(10);

  private int enter(String task, int requests) {
    int entered = 0;
    for (int i = 0; i < requests; i++) {
      entered += admission.enter(task) ? 1 : 0;
    }
    return entered;
  }

  @Test
  void oneTaskFillsTheQueueAndNoMore() {
    assertThat(enter("flood", 100)).isEqualTo(10);
    assertThat(admission.waiting()).isEqualTo(10);
    admission.leave("flood");
    assertThat(enter("flood", 100)).isEqualTo(1);
  }

  @Test
  void aFloodOnOneTaskIsRefusedAndNotItsNeighbours() {
    enter("flood", 100);
    assertThat(enter("quiet", 3)).isEqualTo(3);
    assertThat(enter("other", 100)).isEqualTo(3);
    assertThat(enter("flood", 1)).isZero();
    assertThat(admission.waiting()).isLessThanOrEqualTo(20);
  }

  @Test
  void eachOfManyTasksMayWaitWithOne() {
    for (int task = 0; task < 100; task++) {
      assertThat(enter("task-" + task, 2)).isBetween(1, 2);
    }
    assertThat(admission.waiting()).isLessThanOrEqualTo(110);
  }

  @Test
  void nobodyLeavesWhoDidNotEnter() {
    enter("a", 1);
    admission.leave("a");
    assertThat(admission.waiting()).isZero();
    assertThatThrownBy(() -> admission.leave("a")).isInstanceOf(IllegalStateException.class);
  }
}

package dev.diffstream.gateway.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TaskLabelsTest {
  private final TaskLabels labels = new TaskLabels(2);

  @Test
  void theFirstTasksHaveLabelsAndTheRestShareOne() {
    assertThat(labels.asked("a")).isEqualTo("a");
    assertThat(labels.asked("b")).isEqualTo("b");
    assertThat(labels.asked("c")).isEqualTo("other");
    assertThat(labels.asked("a")).isEqualTo("a");
  }

  @Test
  void theBusiestHaveThemAfterARanking() {
    ask("a", 10);
    ask("b", 1);
    ask("c", 3);
    labels.rank();
    assertThat(labels.asked("a")).isEqualTo("a");
    assertThat(labels.asked("b")).isEqualTo("other");
    assertThat(labels.asked("c")).isEqualTo("c");
  }

  @Test
  void whoIsNotTwiceAsBusyTakesNoLabelAway() {
    ask("a", 10);
    ask("b", 10);
    ask("c", 19);
    labels.rank();
    assertThat(labels.contains("b")).isTrue();
    assertThat(labels.contains("c")).isFalse();
  }

  @Test
  void earlierRequestsAreForgottenByAndBy() {
    ask("a", 1000);
    ask("b", 1000);
    labels.rank();
    for (int minute = 0; minute < 5; minute++) {
      ask("c", 100);
      labels.rank();
    }
    assertThat(labels.contains("c")).isTrue();
    ask("d", 3);
    for (int minute = 0; minute < 10; minute++) {
      labels.rank();
    }
    ask("d", 1);
    assertThat(labels.contains("d")).as("nobody else was asked lately").isTrue();
  }

  private void ask(String task, int times) {
    for (int i = 0; i < times; i++) {
      labels.asked(task);
    }
  }
}

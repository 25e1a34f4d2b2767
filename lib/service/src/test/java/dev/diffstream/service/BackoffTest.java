package dev.diffstream.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class BackoffTest {
  private static final Duration MIN = Duration.ofMillis(100);
  private static final Duration MAX = Duration.ofMillis(1000);

  @Test
  void pausesDoubleUpToTheMaximumAndBeginAgainAfterAReset() {
    Backoff backoff = new Backoff(MIN, MAX);
    assertThat(millis(backoff, 6)).isEqualTo(List.of(100L, 200L, 400L, 800L, 1000L, 1000L));
    backoff.reset();
    assertThat(millis(backoff, 2)).isEqualTo(List.of(100L, 200L));
  }

  @Test
  void manyAttemptsDoNotOverflow() {
    assertThat(Backoff.pause(MIN, MAX, Integer.MAX_VALUE)).isEqualTo(MAX);
    assertThat(Backoff.pause(MAX, MIN, 1)).isEqualTo(MIN);
  }

  private static List<Long> millis(Backoff backoff, int count) {
    return IntStream.range(0, count).mapToObj(i -> backoff.next().toMillis()).toList();
  }
}

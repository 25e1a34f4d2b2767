package dev.diffstream.cli.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SampledPeakTest {
  @Test
  void whatItsThreadReadIsRememberedWhenItIsGone() throws Exception {
    AtomicInteger readings = new AtomicInteger();
    CountDownLatch after = new CountDownLatch(4);
    try (SampledPeak peak =
        new SampledPeak(
            () -> {
              after.countDown();
              return readings.incrementAndGet() == 3 ? 70 : 5;
            })) {
      assertThat(after.await(1, TimeUnit.MINUTES)).isTrue();
      assertThat(peak.largest()).isEqualTo(70);
    }
  }

  @Test
  void theMomentOfTheQuestionCounts() {
    AtomicInteger readings = new AtomicInteger();
    try (SampledPeak peak = new SampledPeak(readings::incrementAndGet)) {
      assertThat(peak.largest()).isGreaterThanOrEqualTo(2);
    }
  }
}

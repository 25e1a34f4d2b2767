package dev.diffstream.worker.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PrecedenceTest {
  @Test
  void nobodyWaitsForNobody() {
    new Precedence().giveWay();
  }

  @Test
  void aRunWaitsUntilEveryProvisionalIsMade() throws Exception {
    Precedence precedence = new Precedence(() -> 0);
    precedence.take();
    precedence.take();
    CompletableFuture<Boolean> first = new CompletableFuture<>();
    CompletableFuture<Void> run =
        CompletableFuture.runAsync(
            () -> {
              precedence.giveWay();
              first.complete(true);
            });
    precedence.leave();
    assertThat(first.getNow(false)).isFalse();
    precedence.leave();
    run.get(60, TimeUnit.SECONDS);
    assertThat(first).isCompletedWithValue(true);
  }

  /** However many steps it takes meanwhile. */
  @Test
  void itWaitsNoLongerThanThatInAll() {
    AtomicLong time = new AtomicLong();
    Precedence precedence = new Precedence(time::get);
    precedence.take();
    time.set(TimeUnit.MILLISECONDS.toNanos(Precedence.LONGEST_MILLIS));
    precedence.giveWay();
    precedence.giveWay();
  }
}

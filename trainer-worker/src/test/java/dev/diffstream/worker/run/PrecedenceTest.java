package dev.diffstream.worker.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PrecedenceTest {
  @Test
  void nobodyWaitsForNobody() {
    new Precedence(Long.MAX_VALUE / 2_000_000).giveWay();
  }

  @Test
  void aRunWaitsUntilEveryProvisionalIsMade() throws Exception {
    Precedence precedence = new Precedence(60_000);
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

  @Test
  void itWaitsNoLongerThanThat() {
    Precedence precedence = new Precedence(1);
    precedence.take();
    precedence.giveWay();
  }
}

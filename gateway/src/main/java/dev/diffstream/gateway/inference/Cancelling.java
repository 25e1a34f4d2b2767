package dev.diffstream.gateway.inference;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Futures whose cancelling reaches the work that they wait for. */
public final class Cancelling {
  private Cancelling() {}

  /**
   * A future that ends as {@code last} does. Cancelling it cancels {@code first}, on which {@code
   * last} depends, so that what was to be done behind {@code first} is done all the same.
   */
  public static <T> CompletableFuture<T> reaching(
      CompletableFuture<?> first, CompletableFuture<T> last) {
    CompletableFuture<T> outer = last.copy();
    passOn(outer, List.of(first));
    return outer;
  }

  /** Cancelling {@code outer} cancels what it waits for. */
  public static void passOn(
      CompletableFuture<?> outer, List<? extends CompletableFuture<?>> waitedFor) {
    outer.whenComplete(
        (done, failure) -> {
          if (outer.isCancelled()) {
            waitedFor.forEach(each -> each.cancel(false));
          }
        });
  }
}

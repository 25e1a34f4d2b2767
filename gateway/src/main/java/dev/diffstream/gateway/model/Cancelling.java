package dev.diffstream.gateway.model;

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
    outer.whenComplete(
        (done, failure) -> {
          if (outer.isCancelled()) {
            first.cancel(false);
          }
        });
    return outer;
  }
}

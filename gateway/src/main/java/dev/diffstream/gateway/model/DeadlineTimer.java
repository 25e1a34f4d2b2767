package dev.diffstream.gateway.model;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Ends what nobody waits for any more at its time, and not when its turn comes. */
final class DeadlineTimer {
  /** Completes {@code answer} with the failure when the deadline passes, unless it is done. */
  void in(
      Deadline deadline,
      CompletableFuture<?> answer,
      Supplier<? extends RuntimeException> failure) {
    if (deadline.equals(Deadline.NONE)) {
      return;
    }
    long left = Math.max(0, deadline.nanoTime() - System.nanoTime());
    answer
        .copy()
        .orTimeout(left, TimeUnit.NANOSECONDS)
        .whenComplete(
            (done, error) -> {
              if (error instanceof TimeoutException) {
                answer.completeExceptionally(failure.get());
              }
            });
  }
}

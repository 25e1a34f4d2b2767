package dev.diffstream.gateway.inference;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Until when an answer is of use.
 *
 * @param timeout as the caller gave it
 * @param nanoTime the end, by the clock of {@link System#nanoTime}
 */
public record Deadline(Duration timeout, long nanoTime) {
  /** No deadline. */
  public static final Deadline NONE = new Deadline(Duration.ZERO, 0);

  /**
   * @param begin when the request came, by {@link System#nanoTime}
   * @param timeout zero for none
   */
  public static Deadline after(long begin, Duration timeout) {
    return timeout.isZero() ? NONE : new Deadline(timeout, begin + timeout.toNanos());
  }

  boolean passed() {
    return !timeout.isZero() && System.nanoTime() - nanoTime >= 0;
  }

  /** Ends {@code answer} with DEADLINE_EXCEEDED when it passes, and not when its turn comes. */
  void limit(CompletableFuture<?> answer) {
    if (timeout.isZero()) {
      return;
    }
    answer
        .copy()
        .orTimeout(Math.max(0, nanoTime - System.nanoTime()), TimeUnit.NANOSECONDS)
        .whenComplete(
            (done, error) -> {
              if (error instanceof TimeoutException) {
                answer.completeExceptionally(exceeded());
              }
            });
  }

  DiffstreamException exceeded() {
    return new DiffstreamException(
        ErrorCode.DEADLINE_EXCEEDED,
        "the request's timeout of " + timeout + " passed before it was answered");
  }
}

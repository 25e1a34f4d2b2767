package dev.diffstream.e2e;

import dev.diffstream.schemas.DiffstreamException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what another process does. */
final class Polling {
  private static final long PAUSE_NANOS = 200_000_000L;

  private Polling() {}

  /**
   * Returns when {@code condition} holds; a service that is just starting answers with an error,
   * which is a no.
   *
   * @param where to look when it does not come true
   */
  static void await(
      String what, Duration limit, BooleanSupplier condition, Supplier<String> where) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!holds(condition)) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within " + limit + ": " + what + "; " + where.get());
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private static boolean holds(BooleanSupplier condition) {
    try {
      return condition.getAsBoolean();
    } catch (DiffstreamException notYet) {
      return false;
    }
  }
}

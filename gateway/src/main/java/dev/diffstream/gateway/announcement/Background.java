package dev.diffstream.gateway.announcement;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Work beside the follower's thread, whose results come back to it. All methods belong to that
 * thread; the work runs wherever the executor runs it.
 */
final class Background {
  private final Executor executor;
  private final BlockingQueue<Runnable> done = new LinkedBlockingQueue<>();
  private int running;

  Background(Executor executor) {
    this.executor = executor;
  }

  /**
   * Runs {@code work} elsewhere, and {@code then} with its result when the follower's thread {@link
   * #apply applies} it. What the work throws, {@link #apply} throws.
   */
  <T> void start(Supplier<T> work, Consumer<T> then) {
    start(work, then, result -> {});
  }

  /**
   * As {@link #start(Supplier, Consumer)}.
   *
   * @param afterwards runs where the work ran, when its result has been handed over
   */
  <T> void start(Supplier<T> work, Consumer<T> then, Consumer<T> afterwards) {
    running++;
    executor.execute(
        () -> {
          T result;
          try {
            result = work.get();
          } catch (RuntimeException | Error e) { // it ends the follower's step, as its own would
            done.add(
                () -> {
                  throw e;
                });
            return;
          }
          done.add(() -> then.accept(result));
          afterwards.accept(result);
        });
  }

  boolean isIdle() {
    return running == 0;
  }

  /**
   * Waits up to {@code wait} for a result, and applies all that are there.
   *
   * @return whether there was one
   */
  boolean apply(Duration wait) {
    if (running == 0) {
      return false;
    }
    Runnable next = await(wait);
    boolean any = next != null;
    while (next != null) {
      running--;
      next.run();
      next = done.poll();
    }
    return any;
  }

  private @Nullable Runnable await(Duration wait) {
    try {
      return done.poll(wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }
}

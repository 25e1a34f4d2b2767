package dev.diffstream.worker.learning.sparse;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Shares the slabs out between threads, the caller's being one of them. What a slab gives does not
 * depend on who computes it, and sums over slabs are taken in their order, so the result is the
 * same for any number of threads.
 */
public final class Workers implements AutoCloseable {
  /** The work on one item; {@code thread} counts from 0, for scratch memory of its own. */
  @FunctionalInterface
  public interface Body {
    void accept(int thread, int item);
  }

  private final int threads;
  private final ExecutorService executor;

  public Workers(int threads) {
    this.threads = threads;
    this.executor =
        Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("learning-", 0).factory());
  }

  public int threads() {
    return threads;
  }

  /** Runs {@code body} for 0 to {@code count - 1} and waits for all. */
  public void each(int count, Body body) {
    AtomicInteger next = new AtomicInteger();
    List<Future<?>> others = new ArrayList<>();
    for (int t = 1; t < threads; t++) {
      int thread = t;
      others.add(executor.submit(() -> drain(next, count, thread, body)));
    }
    RuntimeException failure = null;
    try {
      drain(next, count, 0, body);
    } catch (RuntimeException e) {
      failure = e;
    }
    for (Future<?> other : others) {
      failure = join(other, failure);
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static void drain(AtomicInteger next, int count, int thread, Body body) {
    for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
      body.accept(thread, i);
    }
  }

  private static @Nullable RuntimeException join(
      Future<?> other, @Nullable RuntimeException failure) {
    try {
      other.get();
      return failure;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new IllegalStateException("interrupted while learning", e);
    } catch (ExecutionException e) {
      return new IllegalStateException("a learning thread failed", e.getCause());
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}

package dev.diffstream.worker.learning.diffpruning;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;

/**
 * Shares the slabs out between threads. What a slab gives does not depend on who computes it, and
 * sums over slabs are taken in their order, so the result is the same for any number of threads.
 */
final class Workers implements AutoCloseable {
  private final int threads;
  private final ExecutorService executor;

  Workers(int threads) {
    this.threads = threads;
    this.executor =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("diff-pruning-", 0).factory());
  }

  /** Runs {@code body} for 0 to {@code count - 1} and waits for all. */
  void each(int count, IntConsumer body) {
    List<Future<?>> futures = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      int thread = t;
      futures.add(
          executor.submit(
              () -> {
                for (int i = thread; i < count; i += threads) {
                  body.accept(i);
                }
              }));
    }
    for (Future<?> future : futures) {
      try {
        future.get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while learning", e);
      } catch (ExecutionException e) {
        throw new IllegalStateException("a learning thread failed", e.getCause());
      }
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}

package dev.diffstream.worker.learning.parameters;

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

  /**
   * Runs {@code body} for 0 to {@code count - 1}. Whatever is thrown and by whom, no thread is in
   * the body any more when this returns: what it writes may then be restored.
   *
   * @throws IllegalStateException with the exception of another thread; an Error is thrown as it is
   */
  public void each(int count, Body body) {
    AtomicInteger next = new AtomicInteger();
    List<Future<?>> others = new ArrayList<>();
    Throwable failure = null;
    try {
      for (int t = 1; t < threads; t++) {
        int thread = t;
        others.add(executor.submit(() -> drain(next, count, thread, body)));
      }
      drain(next, count, 0, body);
    } catch (Throwable e) { // an Error too: the others must be waited for
      next.set(count);
      failure = e;
    }
    failure = joinAll(others, failure);
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException e) {
      throw e;
    }
  }

  /** A thread that fails leaves nothing for the others to begin. */
  private static void drain(AtomicInteger next, int count, int thread, Body body) {
    try {
      for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
        body.accept(thread, i);
      }
    } catch (Throwable e) {
      next.set(count);
      throw e;
    }
  }

  /** Waits for every one, also when this thread is interrupted meanwhile. */
  private static @Nullable Throwable joinAll(List<Future<?>> others, @Nullable Throwable first) {
    Throwable failure = first;
    boolean interrupted = false;
    for (Future<?> other : others) {
      boolean done = false;
      while (!done) {
        try {
          other.get();
          done = true;
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          done = true;
          failure = worse(failure, e.getCause());
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return failure;
  }

  /** The first failure, but an Error before any exception. */
  private static Throwable worse(@Nullable Throwable known, @Nullable Throwable theirs) {
    if (theirs instanceof Error && !(known instanceof Error)) {
      return theirs;
    }
    return known == null ? new IllegalStateException("a learning thread failed", theirs) : known;
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}

package dev.diffstream.registry.catalog;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** How many reads of the bucket go on at a time. */
public interface ParallelReads {
  /** One after the other, in the thread that asks. */
  ParallelReads NONE =
      new ParallelReads() {
        @Override
        public <T, R> List<R> all(List<T> items, Function<T, R> read) {
          return items.stream().map(read).toList();
        }
      };

  /**
   * What {@code read} gives for each item, in their order.
   *
   * @param read by any thread, for several items at a time
   */
  <T, R> List<R> all(List<T> items, Function<T, R> read);

  /**
   * By threads that end with each call.
   *
   * @param most reads at a time
   */
  static ParallelReads upTo(int most) {
    return new ParallelReads() {
      @Override
      public <T, R> List<R> all(List<T> items, Function<T, R> read) {
        try (ExecutorService threads = Executors.newFixedThreadPool(most)) {
          List<Callable<R>> calls = new ArrayList<>();
          items.forEach(item -> calls.add(() -> read.apply(item)));
          List<R> results = new ArrayList<>();
          for (Future<R> future : threads.invokeAll(calls)) {
            results.add(future.get());
          }
          return results;
        } catch (ExecutionException e) {
          throw new IllegalStateException("a read failed by a fault of the program", e.getCause());
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException("interrupted while the bucket was read", e);
        }
      }
    };
  }
}

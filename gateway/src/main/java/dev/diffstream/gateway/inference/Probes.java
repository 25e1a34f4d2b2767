package dev.diffstream.gateway.inference;

import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.model.Example;
import dev.diffstream.gateway.model.Model;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/**
 * Probes that wait in a lane of their own. Those that are added together are computed together, and
 * their diff is retained until they are computed or dropped.
 */
final class Probes {
  private final Queue<Waiting> waiting = new ConcurrentLinkedQueue<>();

  private record Waiting(
      PreparedDiff prepared,
      List<Example> examples,
      CompletableFuture<List<float[]>> rows,
      long since) {}

  /** The rows that a diff file records, one for each example. */
  CompletableFuture<List<float[]>> add(PreparedDiff prepared, List<Example> examples) {
    Job.retain(prepared);
    CompletableFuture<List<float[]>> rows = new CompletableFuture<>();
    waiting.add(new Waiting(prepared, List.copyOf(examples), rows, System.nanoTime()));
    return rows;
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Whether the first of them have waited for so long. */
  boolean haveWaited(Duration time) {
    Waiting next = waiting.peek();
    return next != null && System.nanoTime() - next.since() >= time.toNanos();
  }

  /**
   * Computes those of the next diff, if there is one.
   *
   * @param stopped what is told to who waits for probes that an Error ends
   */
  void computeNext(Model model, Supplier<RuntimeException> stopped) {
    Waiting next = waiting.poll();
    if (next != null) {
      compute(model, next, stopped);
    }
  }

  /** The diff is released before the answer is there, so that who waits for it finds it so. */
  private static void compute(Model model, Waiting probes, Supplier<RuntimeException> stopped) {
    Runnable tell;
    try {
      List<float[]> rows = model.probe(probes.prepared(), probes.examples());
      tell = () -> probes.rows().complete(rows);
    } catch (RuntimeException e) {
      tell = () -> probes.rows().completeExceptionally(e);
    } catch (Error e) { // it ends the process
      probes.rows().completeExceptionally(stopped.get());
      throw e;
    }
    probes.prepared().release();
    tell.run();
  }

  /** Fails those that wait: they will not be computed. */
  void drop(RuntimeException reason) {
    for (Waiting probes = waiting.poll(); probes != null; probes = waiting.poll()) {
      probes.rows().completeExceptionally(reason);
      probes.prepared().release();
    }
  }
}

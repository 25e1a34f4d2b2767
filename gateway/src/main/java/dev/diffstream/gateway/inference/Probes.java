package dev.diffstream.gateway.inference;

import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.model.Example;
import dev.diffstream.gateway.model.Model;
import dev.diffstream.gateway.model.Question;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/**
 * Probes of self-tests, which wait in a lane of their own. Each retains its diff until it is
 * computed or dropped.
 */
final class Probes {
  /** As many as a self-test has are computed between two batches. */
  private static final int IN_TURN = 4;

  private final Queue<Probe> waiting = new ConcurrentLinkedQueue<>();

  private record Probe(Question question, CompletableFuture<float[]> answer) {}

  /** The rows that a diff file records, one for each example. */
  List<CompletableFuture<float[]>> add(PreparedDiff prepared, List<Example> examples) {
    List<Probe> asked = new ArrayList<>();
    for (Example example : examples) {
      Job.retain(prepared);
      asked.add(new Probe(new Question(prepared, example), new CompletableFuture<>()));
    }
    waiting.addAll(asked);
    return asked.stream().map(Probe::answer).toList();
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /**
   * Computes the next few, each alone.
   *
   * @param stopped what a probe is told that an Error ends
   */
  void computeSome(Model model, Supplier<RuntimeException> stopped) {
    for (int i = 0; i < IN_TURN && !waiting.isEmpty(); i++) {
      compute(model, waiting.remove(), stopped);
    }
  }

  /** The diff is released before the answer is there, so that who waits for it finds it so. */
  private static void compute(Model model, Probe probe, Supplier<RuntimeException> stopped) {
    PreparedDiff prepared = probe.question().prepared();
    Runnable tell;
    try {
      float[] row = model.probe(prepared, probe.question().example());
      tell = () -> probe.answer().complete(row);
    } catch (RuntimeException e) {
      tell = () -> probe.answer().completeExceptionally(e);
    } catch (Error e) { // it ends the process
      probe.answer().completeExceptionally(stopped.get());
      throw e;
    }
    prepared.release();
    tell.run();
  }

  /** Fails those that wait: they will not be computed. */
  void drop(RuntimeException reason) {
    for (Probe probe = waiting.poll(); probe != null; probe = waiting.poll()) {
      probe.answer().completeExceptionally(reason);
      probe.question().prepared().release();
    }
  }
}

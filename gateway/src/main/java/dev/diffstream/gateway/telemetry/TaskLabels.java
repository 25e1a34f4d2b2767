package dev.diffstream.gateway.telemetry;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Which tasks have meters of their own: those with the most requests, up to a bound. All others
 * share the label {@value #OTHER}, so that a thousand tasks do not make a thousand times as many
 * series.
 *
 * <p>A task has a label from its first request as long as there is room. Later the tasks are ranked
 * by their requests since the last ranking and half of what counted then; a task with a label keeps
 * it unless another has more than twice as many.
 *
 * <p>Thread-safe.
 */
final class TaskLabels {
  /** Stands for all tasks without a label of their own. */
  static final String OTHER = "other";

  private final int bound;
  private final Map<String, LongAdder> requests = new ConcurrentHashMap<>();
  private final Set<String> labelled = ConcurrentHashMap.newKeySet();

  /**
   * @param bound on labels beside {@value #OTHER}
   */
  TaskLabels(int bound) {
    this.bound = bound;
  }

  /** The label of a task that is asked once more. */
  String asked(String task) {
    requests.computeIfAbsent(task, name -> new LongAdder()).increment();
    return labelled.contains(task) || give(task) ? task : OTHER;
  }

  private boolean give(String task) {
    if (labelled.size() >= bound) {
      return false;
    }
    synchronized (this) {
      return labelled.size() < bound && labelled.add(task);
    }
  }

  /** Whether a task has a label of its own. */
  boolean contains(String task) {
    return labelled.contains(task);
  }

  /** Ranks the tasks anew. */
  synchronized void rank() {
    Map<String, Long> weights = new HashMap<>();
    requests.forEach(
        (task, count) -> weights.put(task, count.sum() * (labelled.contains(task) ? 2 : 1)));
    List<String> best = new ArrayList<>(weights.keySet());
    best.sort(
        Comparator.<String>comparingLong(task -> -weights.getOrDefault(task, 0L))
            .thenComparing(Comparator.naturalOrder()));
    List<String> next = best.subList(0, Math.min(bound, best.size()));
    labelled.retainAll(Set.copyOf(next));
    labelled.addAll(next);
    requests.values().removeIf(TaskLabels::halve);
  }

  /** True if nothing is left. */
  private static boolean halve(LongAdder count) {
    long before = count.sum();
    count.add(before / 2 - before);
    return before < 2;
  }
}

package dev.diffstream.worker.learning;

import dev.diffstream.base.Head;
import dev.diffstream.base.SparseDelta;
import java.util.List;
import java.util.Map;

/**
 * What a method learned: the values are already rounded to the precision of the file.
 *
 * @param figures of the stages, for the run report: steps, losses, shares of nonzero positions
 */
public record LearnedDiff(List<SparseDelta> deltas, Head head, Map<String, Double> figures) {
  public LearnedDiff {
    deltas = List.copyOf(deltas);
    figures = Map.copyOf(figures);
  }

  public long nonzeros() {
    return deltas.stream().mapToLong(delta -> delta.positions().length).sum();
  }
}

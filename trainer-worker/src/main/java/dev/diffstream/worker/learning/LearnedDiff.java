package dev.diffstream.worker.learning;

import dev.diffstream.base.diff.SparseDelta;
import java.util.Map;

/**
 * What a method learned: the values are already rounded to the precision of the file.
 *
 * @param figures of the stages, for the run report: steps, losses, shares of nonzero positions
 */
public record LearnedDiff(SparseDelta delta, HeadValues head, Map<String, Double> figures) {
  public LearnedDiff {
    figures = Map.copyOf(figures);
  }

  public long nonzeros() {
    return delta.size();
  }
}

package dev.diffstream.worker.learning;

import java.util.List;

/** Which densities are tried, and which one of them is kept. */
public final class DensityChoice {
  /** What {@code density: auto} tries: the paper's sweep. */
  public static final List<Double> AUTO = List.of(0.001, 0.0025, 0.005, 0.01);

  /** A dev score this much below the best one counts as equal. */
  static final double TOLERANCE = 0.005;

  private DensityChoice() {}

  /**
   * The index of the least density within the tolerance of the best.
   *
   * @param devScores by density, ascending
   */
  public static int of(List<Double> devScores) {
    double best = devScores.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    for (int i = 0; i < devScores.size(); i++) {
      if (devScores.get(i) >= best - TOLERANCE) {
        return i;
      }
    }
    throw new IllegalArgumentException("no score is a number: " + devScores);
  }
}

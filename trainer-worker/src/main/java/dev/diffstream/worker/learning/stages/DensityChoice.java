package dev.diffstream.worker.learning.stages;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import java.util.List;

/** Which densities are tried, and which one of them is kept. */
public final class DensityChoice {
  /** What {@code density: auto} tries: the paper's sweep. */
  public static final List<Double> AUTO = List.of(0.001, 0.0025, 0.005, 0.01);

  /** A dev score this much below the best one counts as equal. */
  static final double TOLERANCE = 0.005;

  private DensityChoice() {}

  /**
   * The index of the smallest density within the tolerance of the best. A score that is not a
   * number is worse than every other.
   *
   * @param devScores by density, ascending
   * @throws DiffstreamException QUALITY_GATE_FAILED if none is a number
   */
  public static int of(List<Double> devScores) {
    double best =
        devScores.stream()
            .mapToDouble(Double::doubleValue)
            .filter(score -> !Double.isNaN(score))
            .max()
            .orElse(Double.NaN);
    for (int i = 0; i < devScores.size(); i++) {
      if (devScores.get(i) >= best - TOLERANCE) {
        return i;
      }
    }
    throw new DiffstreamException(
        ErrorCode.QUALITY_GATE_FAILED,
        "learning diverged: no score on the dev rows is a number, got %s; lower the learning rates of task settings"
            .formatted(devScores));
  }
}

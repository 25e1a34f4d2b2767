package dev.diffstream.worker.training;

import dev.diffstream.base.engine.TensorEngine;
import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.worker.learning.LearningProgress;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.checkpoint.Checkpoints;
import dev.diffstream.worker.learning.frozen.HeadFit;
import dev.diffstream.worker.learning.stages.DenseTraining;
import dev.diffstream.worker.learning.steps.Meter;
import java.lang.foreign.Arena;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A short try of each way to read pairs, on the same rows. Each is tried twice: as a head alone
 * over the untouched base, and with every parameter trained for about an epoch. The head alone
 * would not be fair to pairs in one sequence, which most bases have not seen before they are
 * trained; the training alone not to bases made for comparing texts, whose features are good as
 * they are. The same rows and settings give the same scores.
 */
record PairProbe(Map<PairEncoding, Seen> seen) {
  /** Steps of the training. */
  private static final int MIN_STEPS = 60;

  private static final int MAX_STEPS = 200;

  /**
   * Scores on the dev rows.
   *
   * @param head of the head alone
   * @param trained after the training
   */
  record Seen(double head, double trained) {
    double better() {
      return Math.max(orLeast(head), orLeast(trained));
    }

    private static double orLeast(double score) {
      return Double.isNaN(score) ? Double.NEGATIVE_INFINITY : score;
    }
  }

  /** Steps of {@link LearningTask#settings} full fine-tuning that the tasks of a probe take. */
  static int steps(int trainingRows, int batchSize) {
    return Math.clamp(trainingRows / batchSize, MIN_STEPS, MAX_STEPS);
  }

  /**
   * Leaves the base as it was.
   *
   * @param tasks one for each encoding, over the same rows
   * @param progress told at each step of the training; it may throw to end it
   */
  static PairProbe of(List<LearningTask> tasks, LearningProgress progress) {
    Map<PairEncoding, Seen> seen = new EnumMap<>(PairEncoding.class);
    for (LearningTask task : tasks) {
      double head = HeadFit.of(task).dev().score();
      seen.put(task.examples().reading().pairs(), new Seen(head, trained(task, progress)));
    }
    return new PairProbe(seen);
  }

  private static double trained(LearningTask task, LearningProgress progress) {
    Meter meter = new Meter(task.settings().fullSteps(), progress);
    try (Arena memory = Arena.ofShared()) {
      return DenseTraining.run(
              task,
              task.newHead(),
              meter,
              Phase.FULL_FINE_TUNING,
              TensorEngine.threads(),
              Checkpoints.NONE,
              memory)
          .devScore();
    }
  }

  /** The encoding with the better score; of equal ones the separate. */
  PairEncoding choice() {
    return of(PairEncoding.JOINT).better() > of(PairEncoding.SEPARATE).better()
        ? PairEncoding.JOINT
        : PairEncoding.SEPARATE;
  }

  private Seen of(PairEncoding pairs) {
    return Objects.requireNonNull(seen.get(pairs));
  }

  /** For the run report. */
  Map<String, Double> figures() {
    Map<String, Double> figures = new TreeMap<>();
    seen.forEach(
        (pairs, scores) -> {
          figures.put(pairs + "HeadDevScore", scores.head());
          figures.put(pairs + "TrainedDevScore", scores.trained());
        });
    figures.values().removeIf(score -> !Double.isFinite(score));
    return figures;
  }

  /** For people. */
  String text() {
    Seen joint = of(PairEncoding.JOINT);
    Seen separate = of(PairEncoding.SEPARATE);
    return String.format(
        Locale.ROOT,
        "pairEncoding auto chose %s: on the dev rows joint scores %.4f (head alone %.4f), separate %.4f (head alone %.4f)",
        choice(),
        joint.trained(),
        joint.head(),
        separate.trained(),
        separate.head());
  }
}

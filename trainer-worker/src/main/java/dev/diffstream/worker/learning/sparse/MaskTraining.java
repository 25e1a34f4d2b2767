package dev.diffstream.worker.learning.sparse;

import dev.diffstream.base.Head;
import dev.diffstream.base.SparseDelta;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.worker.learning.Best;
import dev.diffstream.worker.learning.DensityChoice;
import dev.diffstream.worker.learning.DevScore;
import dev.diffstream.worker.learning.HeadValues;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.LinearRate;
import dev.diffstream.worker.learning.Meter;
import dev.diffstream.worker.learning.Stage;
import dev.diffstream.worker.learning.TrainingSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;

/**
 * The last stage of every method: positions chosen, their values and the head trained on, the best
 * dev step kept and rounded to the precision of the file. For each density that the task allows;
 * {@link DensityChoice} takes one.
 */
public final class MaskTraining {
  private final LearningTask task;
  private final TrainingSettings settings;
  private final Meter meter;
  private final List<Slab> slabs;
  private final HeadValues headAtStart;
  private final DevScore dev;

  /**
   * @param head as the earlier stages left it
   */
  public MaskTraining(LearningTask task, Meter meter, List<Slab> slabs, Head head) {
    this.task = task;
    this.settings = task.settings();
    this.meter = meter;
    this.slabs = slabs;
    this.headAtStart = HeadValues.of(head);
    this.dev = new DevScore(task);
  }

  /** Steps of this stage over all densities. */
  public static long steps(LearningTask task) {
    return (long) task.settings().stage3Steps() * task.densities().size();
  }

  /**
   * Trains and leaves the base as it was.
   *
   * @param chosen the state indices, ascending, for a number of positions
   * @param start by state index, the values to begin with
   * @param figures of the earlier stages
   */
  public LearnedDiff run(IntFunction<int[]> chosen, float[] start, Map<String, Double> figures) {
    List<LearnedDiff> learned = new ArrayList<>();
    for (double density : task.densities()) {
      meter.report(Phase.PROJECTING, 0, 1, Double.NaN);
      MaskedState mask =
          new MaskedState(task.base(), slabs, chosen.apply(task.budget(density)), start);
      try {
        learned.add(train(mask, density, figures));
      } finally {
        mask.restore();
      }
    }
    return learned.get(
        DensityChoice.of(
            learned.stream().map(candidate -> candidate.figures().get("devScore")).toList()));
  }

  private LearnedDiff train(MaskedState mask, double density, Map<String, Double> figures) {
    Head head = headAtStart.toHead();
    int steps = settings.stage3Steps();
    Stage stage = new Stage(task, head, meter, Phase.FIXED_MASK, steps, settings.seed() + 1);
    LinearRate rate = new LinearRate(settings.stage3Rate(), steps);
    Best<float[]> best =
        new Best<>(dev, head, mask::snapshot, stage.stepsPerEpoch(), steps, settings.patience());
    Map<String, Double> all = new TreeMap<>(figures);
    all.put("devScoreProjected", best.evaluation().score());
    stage.run(
        (gradients, step, scale) -> mask.advance(gradients.parameters(), scale * rate.at(step)),
        best);
    mask.load(best.values(), task.precision());
    all.put("density", density);
    all.put("stage3Loss", meter.loss());
    all.put("stage3BestStep", (double) best.step());
    all.put("devScore", best.evaluation().score());
    all.merge("droppedSteps", (double) stage.dropped(), Double::sum);
    all.merge("batchParts", (double) stage.parts(), Math::max);
    SparseDelta delta = mask.delta();
    return new LearnedDiff(delta, best.head(), all);
  }
}

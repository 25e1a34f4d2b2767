package dev.diffstream.worker.learning.stages;

import dev.diffstream.base.encoder.Head;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.TrainingSettings;
import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.checkpoint.StateWriter;
import dev.diffstream.worker.learning.parameters.FloatArray;
import dev.diffstream.worker.learning.parameters.MaskedState;
import dev.diffstream.worker.learning.parameters.Slab;
import dev.diffstream.worker.learning.steps.Best;
import dev.diffstream.worker.learning.steps.DevScore;
import dev.diffstream.worker.learning.steps.LinearRate;
import dev.diffstream.worker.learning.steps.Meter;
import dev.diffstream.worker.learning.steps.Stage;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Brings a learned diff to the precision of its file. Half precisions are rounded. Below, a few
 * steps more are taken with the values rounded in every forward pass, and the best rounded step by
 * its dev score is kept, the rounding without a step among them.
 */
public final class LowPrecision {
  private final LearningTask task;
  private final List<Slab> slabs;
  private final Meter meter;

  public LowPrecision(LearningTask task, List<Slab> slabs, Meter meter) {
    this.task = task;
    this.slabs = slabs;
    this.meter = meter;
  }

  /** Steps that a task's precision takes. */
  public static long steps(LearningTask task) {
    return task.precision().fitted() ? task.settings().roundedSteps() : 0;
  }

  /** Keeps a state, if it is time to; always false, since no keeping ends a stage. */
  @FunctionalInterface
  interface Keeper {
    boolean keep(Consumer<StateWriter> state);
  }

  /** The diff with values that are rounded to the task's precision; the base stays as it was. */
  public LearnedDiff of(LearnedDiff learned) {
    return of(learned, state -> false, null);
  }

  /**
   * As {@link #of(LearnedDiff)}.
   *
   * @param keeper is handed the state after each step
   * @param kept the state that an earlier attempt came to
   */
  LearnedDiff of(LearnedDiff learned, Keeper keeper, @Nullable StateReader kept) {
    if (task.precision() == ValuePrecision.FP32) {
      return learned;
    }
    try (Arena memory = Arena.ofShared()) {
      MaskedState mask = MaskedState.of(task.theta(), slabs, learned.delta(), memory);
      try {
        return task.precision().fitted()
            ? trained(learned, mask, keeper, kept, memory)
            : rounded(learned, mask);
      } finally {
        mask.restore();
      }
    }
  }

  private LearnedDiff rounded(LearnedDiff learned, MaskedState mask) {
    mask.round(task.precision());
    Map<String, Double> figures = new TreeMap<>(learned.figures());
    figures.put("devScore", new DevScore(task, meter).of(learned.head().toHead()).score());
    return new LearnedDiff(mask.delta(), learned.head(), figures);
  }

  private LearnedDiff trained(
      LearnedDiff learned,
      MaskedState mask,
      Keeper keeper,
      @Nullable StateReader kept,
      Arena memory) {
    TrainingSettings settings = task.settings();
    int steps = settings.roundedSteps();
    Head head = learned.head().toHead();
    LinearRate rate = new LinearRate(settings.roundedRate(), steps);
    Stage stage =
        new Stage(
            task,
            head,
            meter,
            Phase.ROUNDING,
            steps,
            settings.seed() + 2,
            settings.headRate() * settings.roundedRate() / settings.stage3Rate());
    mask.serveRounded(task.precision());
    Best<FloatArray> best =
        new Best<>(
            new DevScore(task, meter),
            head,
            FloatArray.zeros(memory, mask.size()),
            mask::served,
            stage.stepsPerEpoch(),
            steps,
            settings.patience());
    Map<String, Double> figures = new TreeMap<>(learned.figures());
    figures.put("devScoreRounded", best.evaluation().score());
    if (kept != null) {
      MaskTraining.load(kept, stage, mask, best);
    }
    stage.run(
        (gradients, step, scale) -> mask.advance(gradients, scale * rate.at(step)),
        done ->
            best.shouldStop(done) || keeper.keep(out -> MaskTraining.save(out, stage, mask, best)));
    mask.load(best.values(), task.precision());
    figures.put("roundedBestStep", (double) best.step());
    figures.put("devScore", best.evaluation().score());
    figures.merge("droppedSteps", (double) stage.dropped(), Double::sum);
    figures.merge("batchParts", (double) stage.parts(), Math::max);
    return new LearnedDiff(mask.delta(), best.head(), figures);
  }
}

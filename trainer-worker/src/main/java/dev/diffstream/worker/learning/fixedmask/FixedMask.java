package dev.diffstream.worker.learning.fixedmask;

import dev.diffstream.base.encoder.Head;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningMethod;
import dev.diffstream.worker.learning.LearningProgress;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.TrainingSettings;
import dev.diffstream.worker.learning.checkpoint.Checkpoints;
import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.parameters.FloatArray;
import dev.diffstream.worker.learning.parameters.Slab;
import dev.diffstream.worker.learning.parameters.TopK;
import dev.diffstream.worker.learning.stages.MaskTraining;
import dev.diffstream.worker.learning.steps.Meter;
import dev.diffstream.worker.learning.steps.Stage;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;

/**
 * A mask chosen by a score of the untouched base ({@link MaskScore}), then its values alone. The
 * head is trained first: while it is zero, no gradient reaches the base.
 */
public final class FixedMask implements LearningMethod {
  private static final String STAGE = "scoring-mask";

  @Override
  public String name() {
    return "fixed-mask";
  }

  @Override
  public LearnedDiff learn(LearningTask task, LearningProgress progress, Checkpoints checkpoints) {
    TrainingSettings settings = task.settings();
    MaskScore score = MaskScore.of(settings.maskScore());
    Meter meter =
        new Meter(settings.headSteps() + score.rows(task) + MaskTraining.steps(task), progress);
    List<Slab> slabs = task.slabs();
    return new MaskTraining(task, meter, slabs, checkpoints)
        .run(memory -> chooseMask(task, meter, slabs, score, checkpoints, memory));
  }

  private static MaskTraining.Mask chooseMask(
      LearningTask task,
      Meter meter,
      List<Slab> slabs,
      MaskScore score,
      Checkpoints checkpoints,
      Arena memory) {
    Head head = task.newHead();
    Stage stage = Stage.ofHead(task, head, meter, task.settings().headSteps());
    GradientSums sums = score.sums(task, slabs, memory);
    checkpoints.resume(STAGE).ifPresent(kept -> load(kept, stage, sums));
    stage.run(Stage.Update.NONE, done -> keep(checkpoints, stage, sums));
    sums.add(head, meter, () -> keep(checkpoints, stage, sums));
    FloatArray scores = score.scores(task, slabs, sums.values(), memory);
    return new MaskTraining.Mask(
        k -> TopK.largest(scores, k), MaskTraining.Start.ZERO, head, Map.of());
  }

  /** Never settles: every score begins behind the same number of steps. */
  private static boolean keep(Checkpoints checkpoints, Stage stage, GradientSums sums) {
    return checkpoints.saveIfDue(
        STAGE,
        out -> {
          stage.save(out);
          sums.save(out);
        });
  }

  private static void load(StateReader kept, Stage stage, GradientSums sums) {
    try (kept) {
      stage.load(kept);
      sums.load(kept);
      kept.finish();
    }
  }
}

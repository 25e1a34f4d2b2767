package dev.diffstream.worker.learning.fixedmask;

import dev.diffstream.base.Head;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningMethod;
import dev.diffstream.worker.learning.LearningProgress;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.Meter;
import dev.diffstream.worker.learning.Stage;
import dev.diffstream.worker.learning.TrainingSettings;
import dev.diffstream.worker.learning.sparse.MaskTraining;
import dev.diffstream.worker.learning.sparse.Slab;
import dev.diffstream.worker.learning.sparse.TopK;
import java.util.List;
import java.util.Map;

/**
 * A mask chosen by a score of the untouched base ({@link MaskScore}), then its values alone. The
 * head is trained first: while it is zero, no gradient reaches the base.
 */
public final class FixedMask implements LearningMethod {
  @Override
  public String name() {
    return "fixed-mask";
  }

  @Override
  public LearnedDiff learn(LearningTask task, LearningProgress progress) {
    TrainingSettings settings = task.settings();
    MaskScore score = MaskScore.of(settings.maskScore());
    Meter meter =
        new Meter(settings.headSteps() + score.rows(task) + MaskTraining.steps(task), progress);
    Head head = task.newHead();
    Stage stage =
        new Stage(task, head, meter, Phase.HEAD_ONLY, settings.headSteps(), settings.seed());
    stage.run((gradients, step, scale) -> {}, Stage.Watch.NONE);
    List<Slab> slabs = task.slabs();
    float[] scores = score.scores(task, head, slabs, meter);
    float[] zeros = new float[scores.length];
    return new MaskTraining(task, meter, slabs, head)
        .run(k -> TopK.largest(scores, k), zeros, Map.of());
  }
}

package dev.diffstream.worker.learning.headonly;

import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningMethod;
import dev.diffstream.worker.learning.LearningProgress;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.checkpoint.Checkpoints;
import dev.diffstream.worker.learning.steps.Best;
import dev.diffstream.worker.learning.steps.DevScore;
import dev.diffstream.worker.learning.steps.Meter;
import dev.diffstream.worker.learning.steps.Stage;
import java.util.List;
import java.util.Map;

/**
 * The dense head alone over the untouched base: what any diff must beat. A measuring baseline; it
 * never publishes.
 */
public final class HeadOnly implements LearningMethod {
  @Override
  public String name() {
    return "head-only";
  }

  @Override
  public boolean publishes() {
    return false;
  }

  @Override
  public LearnedDiff learn(LearningTask task, LearningProgress progress, Checkpoints checkpoints) {
    int steps = task.settings().fullSteps();
    Meter meter = new Meter(steps, progress);
    Head head = task.newHead();
    Stage stage = Stage.ofHead(task, head, meter, steps);
    Best<Boolean> best =
        new Best<>(
            new DevScore(task, meter),
            head,
            true,
            untouched -> {},
            stage.stepsPerEpoch(),
            steps,
            task.settings().patience());
    stage.run(Stage.Update.NONE, best);
    return new LearnedDiff(
        new SparseDelta(List.of()),
        best.head(),
        Map.of(
            "devScore", best.evaluation().score(),
            "bestStep", (double) best.step(),
            "loss", meter.loss()));
  }
}

package dev.diffstream.worker.learning.lotteryticket;

import dev.diffstream.schemas.event.Phase;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningMethod;
import dev.diffstream.worker.learning.LearningProgress;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.checkpoint.Checkpoints;
import dev.diffstream.worker.learning.parameters.TopK;
import dev.diffstream.worker.learning.stages.DenseTraining;
import dev.diffstream.worker.learning.stages.MaskTraining;
import dev.diffstream.worker.learning.steps.Meter;
import java.lang.foreign.Arena;
import java.util.Map;

/**
 * Lottery-ticket sparse fine-tuning (Ansell et al. 2021, "Composable Sparse Fine-Tuning"): full
 * fine-tuning, the k largest |theta - theta0|, back to the base, these alone from zero on. The head
 * goes on from where full fine-tuning left it.
 */
public final class LotteryTicket implements LearningMethod {
  private final int threads;

  /**
   * @param threads that share the update of full fine-tuning
   */
  public LotteryTicket(int threads) {
    this.threads = threads;
  }

  @Override
  public String name() {
    return "lottery-ticket";
  }

  @Override
  public LearnedDiff learn(LearningTask task, LearningProgress progress, Checkpoints checkpoints) {
    Meter meter = new Meter(task.settings().fullSteps() + MaskTraining.steps(task), progress);
    return new MaskTraining(task, meter, task.slabs(), checkpoints)
        .run(memory -> drawTicket(task, meter, checkpoints, memory));
  }

  private MaskTraining.Mask drawTicket(
      LearningTask task, Meter meter, Checkpoints checkpoints, Arena memory) {
    DenseTraining.Outcome outcome =
        DenseTraining.run(
            task, task.newHead(), meter, Phase.LEARNING_MASK, threads, checkpoints, memory);
    return new MaskTraining.Mask(
        k -> TopK.largest(outcome.changes(), k),
        MaskTraining.Start.ZERO,
        outcome.head().toHead(),
        Map.of("devScoreFull", outcome.devScore()));
  }
}

package dev.diffstream.worker.learning.diffpruning;

import dev.diffstream.base.encoder.Head;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningMethod;
import dev.diffstream.worker.learning.LearningProgress;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.TrainingSettings;
import dev.diffstream.worker.learning.checkpoint.Checkpoints;
import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.parameters.Slab;
import dev.diffstream.worker.learning.parameters.TopK;
import dev.diffstream.worker.learning.stages.MaskTraining;
import dev.diffstream.worker.learning.steps.LinearRate;
import dev.diffstream.worker.learning.steps.Meter;
import dev.diffstream.worker.learning.steps.Stage;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Diff pruning (Guo, Rush, Kim 2020), structured unless the task says otherwise: gates and weights
 * together (stage 1), the k largest changes (stage 2), these alone (stage 3). The dense head is
 * trained in both stages and never gated.
 */
public final class DiffPruning implements LearningMethod {
  private static final String STAGE = "learning-mask";

  private final int threads;

  /**
   * @param threads that share the update of the gates
   */
  public DiffPruning(int threads) {
    this.threads = threads;
  }

  @Override
  public String name() {
    return "diff-pruning";
  }

  @Override
  public LearnedDiff learn(LearningTask task, LearningProgress progress, Checkpoints checkpoints) {
    Meter meter = new Meter(task.settings().stage1Steps() + MaskTraining.steps(task), progress);
    List<Slab> slabs = task.slabs();
    return new MaskTraining(task, meter, slabs, checkpoints)
        .run(memory -> learnMask(task, meter, slabs, checkpoints, memory));
  }

  /** Stage 1; the base is as it was afterwards. */
  private MaskTraining.Mask learnMask(
      LearningTask task, Meter meter, List<Slab> slabs, Checkpoints checkpoints, Arena memory) {
    try (Gates gated = Gates.of(task, slabs, threads, memory)) {
      try {
        return learnMask(task, meter, slabs, checkpoints, gated);
      } finally {
        gated.restore();
      }
    }
  }

  private static MaskTraining.Mask learnMask(
      LearningTask task, Meter meter, List<Slab> slabs, Checkpoints checkpoints, Gates gated) {
    TrainingSettings settings = task.settings();
    int steps = settings.stage1Steps();
    double total = task.parameterCount();
    Head head = task.newHead();
    Stage stage = new Stage(task, head, meter, Phase.LEARNING_MASK, steps, settings.seed());
    Sparsity sparsity =
        new Sparsity(Slab.values(slabs) / total, settings.targetShare(), steps, settings.lambda());
    checkpoints.resume(STAGE).ifPresent(kept -> load(kept, stage, gated, sparsity));
    LinearRate rate = new LinearRate(settings.stage1Rate(), steps);
    stage.run(
        (gradients, step, scale) -> {
          long open =
              gated.advance(
                  gradients,
                  sparsity.lambda(),
                  scale * rate.at(step),
                  scale * settings.gateRate(),
                  sparsity.shift());
          meter.openGates(open / total);
          sparsity.observe(
              step + 1, open / total, share -> gated.alphaAbove((long) (share * total)));
        },
        done -> keep(checkpoints, stage, gated, sparsity));
    Gates.Outcome outcome = gated.finish();
    Map<String, Double> figures = new TreeMap<>();
    figures.put("stage1Loss", meter.loss());
    figures.put("stage1Lambda", (double) sparsity.lambda());
    figures.put("stage1NonzeroShare", TopK.nonzeros(outcome.changes()) / total);
    figures.put("droppedSteps", (double) stage.dropped());
    figures.put("batchParts", (double) stage.parts());
    return new MaskTraining.Mask(
        k -> TopK.largest(outcome.changes(), outcome.fallbackScore(), k),
        outcome.changes()::get,
        head,
        figures);
  }

  /** Never settles: the gates need all their steps. */
  private static boolean keep(
      Checkpoints checkpoints, Stage stage, Gates gated, Sparsity sparsity) {
    return checkpoints.saveIfDue(
        STAGE,
        out -> {
          stage.save(out);
          gated.save(out);
          sparsity.save(out);
        });
  }

  private static void load(StateReader kept, Stage stage, Gates gated, Sparsity sparsity) {
    try (kept) {
      stage.load(kept);
      gated.load(kept);
      sparsity.load(kept);
      kept.finish();
    }
  }
}

package dev.diffstream.worker.learning.diffpruning;

import dev.diffstream.base.Base;
import dev.diffstream.base.Gradients;
import dev.diffstream.base.Head;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.worker.learning.BatchStream;
import dev.diffstream.worker.learning.EncodedDataSet;
import dev.diffstream.worker.learning.Evaluation;
import dev.diffstream.worker.learning.HeadAdam;
import dev.diffstream.worker.learning.HeadValues;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningMethod;
import dev.diffstream.worker.learning.LearningProgress;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.LinearRate;
import dev.diffstream.worker.learning.TrainingSettings;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Structured diff pruning: gates and weights together (stage 1), the k largest changes (stage 2),
 * these alone (stage 3). The dense head is trained in both stages and never gated.
 */
public final class DiffPruning implements LearningMethod {
  private static final int MOST_DEV_ROWS = 1000;

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
  public LearnedDiff learn(LearningTask task, LearningProgress progress) {
    try (Workers workers = new Workers(threads)) {
      return new Learning(task, new Meter(task.settings(), progress), workers).run();
    }
  }

  private static final class Learning {
    private final LearningTask task;
    private final Base base;
    private final EncodedDataSet data;
    private final TrainingSettings settings;
    private final Meter meter;
    private final Workers workers;
    private final List<Slab> slabs;
    private final Head head;
    private final List<EncodedDataSet.Row> devSample;
    private final Map<String, Double> figures = new TreeMap<>();

    Learning(LearningTask task, Meter meter, Workers workers) {
      this.task = task;
      this.base = task.base();
      this.data = task.examples();
      this.settings = task.settings();
      this.meter = meter;
      this.workers = workers;
      this.slabs = Slab.of(base.parameters(), data.usedRows(base.encoder()));
      this.head = new Head(task.outputs(), base.encoder().featureCount(data.objective().pairs()));
      this.devSample = sample(data.dev());
    }

    /** At most {@link #MOST_DEV_ROWS}, evenly spread: the best step is looked for many times. */
    private static List<EncodedDataSet.Row> sample(List<EncodedDataSet.Row> rows) {
      int stride = (rows.size() + MOST_DEV_ROWS - 1) / MOST_DEV_ROWS;
      return IntStream.range(0, rows.size())
          .filter(i -> i % stride == 0)
          .mapToObj(rows::get)
          .toList();
    }

    LearnedDiff run() {
      GatedState gated = new GatedState(base, slabs, workers, settings.seed());
      float[] changes;
      int[] chosen;
      try {
        learnMask(gated);
        meter.report(Phase.PROJECTING, 0, 1, Double.NaN);
        changes = gated.changes();
        chosen = Projection.largest(changes, gated.promise(), task.budget());
      } finally {
        gated.restore();
      }
      figures.put("stage1NonzeroShare", nonzeroShare(changes));
      FixedMask mask = new FixedMask(base, slabs, chosen, changes);
      try {
        return trainFixed(mask);
      } finally {
        mask.restore();
      }
    }

    private void learnMask(GatedState gated) {
      BatchStream batches = new BatchStream(data.train(), settings.batchSize(), settings.seed());
      HeadAdam headAdam = new HeadAdam(head);
      double total = task.parameterCount();
      Sparsity sparsity =
          new Sparsity(
              Slab.total(slabs) / total,
              settings.targetShare(),
              settings.stage1Steps(),
              settings.lambda());
      LinearRate rate = new LinearRate(settings.stage1Rate(), settings.stage1Steps());
      LinearRate headRate = new LinearRate(settings.headRate(), settings.stage1Steps());
      for (int step = 0; step < settings.stage1Steps(); step++) {
        try (Gradients gradients = gradients(batches.next())) {
          long open =
              gated.advance(
                  gradients.parameters(), sparsity.lambda(), rate.at(step), settings.gateRate());
          headAdam.advance(gradients, headRate.at(step));
          steer(gated, sparsity, step + 1, open / total);
          meter.step(Phase.LEARNING_MASK, step + 1, settings.stage1Steps(), gradients.loss());
        }
      }
      figures.put("stage1Loss", meter.loss());
      figures.put("stage1Lambda", (double) sparsity.lambda());
    }

    private void steer(GatedState gated, Sparsity sparsity, long step, double share) {
      if (sparsity.tooManyOpen(step, share)) {
        double alpha = gated.alphaAbove((long) (sparsity.curve(step) * task.parameterCount()));
        if (alpha > 0) {
          gated.shift(-alpha);
        }
      }
      sparsity.observe(step, share);
    }

    private LearnedDiff trainFixed(FixedMask mask) {
      BatchStream batches =
          new BatchStream(data.train(), settings.batchSize(), settings.seed() + 1);
      HeadAdam headAdam = new HeadAdam(head);
      LinearRate rate = new LinearRate(settings.stage3Rate(), settings.stage3Steps());
      LinearRate headRate = new LinearRate(settings.headRate(), settings.stage3Steps());
      int evaluateEvery = Math.max(batches.stepsPerEpoch(), settings.stage3Steps() / 20);
      Best best = new Best(evaluate(), mask.snapshot(), HeadValues.of(head), 0);
      figures.put("devScoreProjected", best.evaluation().score());
      for (int step = 0; step < settings.stage3Steps(); step++) {
        try (Gradients gradients = gradients(batches.next())) {
          mask.advance(gradients.parameters(), rate.at(step));
          headAdam.advance(gradients, headRate.at(step));
          meter.step(Phase.FIXED_MASK, step + 1, settings.stage3Steps(), gradients.loss());
        }
        if ((step + 1) % evaluateEvery == 0 || step + 1 == settings.stage3Steps()) {
          Evaluation evaluation = evaluate();
          if (evaluation.compareTo(best.evaluation()) >= 0) {
            best = new Best(evaluation, mask.snapshot(), HeadValues.of(head), step + 1);
          }
        }
      }
      mask.load(best.values(), task.precision());
      figures.put("stage3Loss", meter.loss());
      figures.put("stage3BestStep", (double) best.step());
      figures.put("devScore", best.evaluation().score());
      return new LearnedDiff(mask.delta(), best.head(), figures);
    }

    @SuppressWarnings("ArrayRecordComponent") // a snapshot that is read once
    private record Best(Evaluation evaluation, float[] values, HeadValues head, int step) {}

    private Gradients gradients(List<EncodedDataSet.Row> rows) {
      Gradients gradients = base.encoder().step(data.batch(rows), head, data.targets(rows));
      if (!Float.isFinite(gradients.loss())) {
        gradients.close();
        throw new DiffstreamException(
            ErrorCode.QUALITY_GATE_FAILED,
            "the loss became "
                + gradients.loss()
                + ": lower settings.stage1Rate, settings.stage3Rate or settings.headRate");
      }
      return gradients;
    }

    private Evaluation evaluate() {
      return Evaluation.of(base.encoder(), head, data, devSample);
    }

    private double nonzeroShare(float[] changes) {
      int nonzeros = 0;
      for (float change : changes) {
        nonzeros += change != 0 ? 1 : 0;
      }
      return nonzeros / (double) task.parameterCount();
    }
  }
}

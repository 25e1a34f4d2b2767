package dev.diffstream.worker.learning.steps;

import dev.diffstream.base.encoder.Gradients;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.TrainingSettings;
import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.checkpoint.StateWriter;
import dev.diffstream.worker.learning.rows.BatchStream;

/**
 * The steps of one stage: batches, gradients, the head's Adam, and what happens when a step goes
 * wrong. What is done to the base's parameters is the method's own.
 *
 * <p>A step whose loss or gradients are not finite is dropped and all rates are halved; the third
 * such step ends the learning.
 */
public final class Stage {
  private static final int MAX_DROPPED = 3;

  /** The method's part of a step. */
  @FunctionalInterface
  public interface Update {
    /** Of a stage in which the head alone learns. */
    Update NONE = (gradients, step, rateScale) -> {};

    /**
     * @param step counted from 0
     * @param rateScale factor on every rate, 1 unless steps were dropped
     */
    void advance(Gradients gradients, long step, double rateScale);
  }

  /** Is called after each step. */
  @FunctionalInterface
  public interface Watch {
    Watch NONE = stepsDone -> false;

    /** Whether the stage may end early. */
    boolean shouldStop(int stepsDone);
  }

  private final LearningTask task;
  private final Head head;
  private final Meter meter;
  private final Phase phase;
  private final int steps;
  private final BatchStream batches;
  private final BatchGradients gradients;
  private final HeadAdam headAdam;
  private final LinearRate headRate;
  private final long dropoutSeed;
  private double rateScale = 1;
  private int dropped;
  private int done;

  /**
   * @param batchSeed of the order of the rows
   */
  public Stage(LearningTask task, Head head, Meter meter, Phase phase, int steps, long batchSeed) {
    this(task, head, meter, phase, steps, batchSeed, task.settings().headRate());
  }

  /**
   * @param batchSeed of the order of the rows
   * @param headRate of the first step
   */
  public Stage(
      LearningTask task,
      Head head,
      Meter meter,
      Phase phase,
      int steps,
      long batchSeed,
      double headRate) {
    this(task, head, meter, phase, steps, batchSeed, headRate, new BatchGradients(task));
  }

  private Stage(
      LearningTask task,
      Head head,
      Meter meter,
      Phase phase,
      int steps,
      long batchSeed,
      double headRate,
      BatchGradients gradients) {
    this.task = task;
    this.head = head;
    this.meter = meter;
    this.phase = phase;
    this.steps = steps;
    this.dropoutSeed = batchSeed << 32;
    this.batches = new BatchStream(task.examples().train(), task.settings().batchSize(), batchSeed);
    this.gradients = gradients;
    this.headAdam = new HeadAdam(head);
    this.headRate = new LinearRate(headRate, steps);
  }

  /** The head alone over the frozen base, to be run with {@link Update#NONE}. */
  public static Stage ofHead(LearningTask task, Head head, Meter meter, int steps) {
    TrainingSettings settings = task.settings();
    return new Stage(
        task,
        head,
        meter,
        Phase.HEAD_ONLY,
        steps,
        settings.seed(),
        settings.headRate(),
        BatchGradients.ofHead(task));
  }

  public int stepsPerEpoch() {
    return batches.stepsPerEpoch();
  }

  /** Runs the remaining steps, fewer if {@code watch} ends the stage early. */
  public void run(Update update, Watch watch) {
    while (done < steps) {
      double loss = step(update, done);
      done++;
      meter.step(phase, done, steps, loss);
      if (watch.shouldStop(done)) {
        return;
      }
    }
  }

  /** Saves all state that later steps depend on, except the state of the method itself. */
  public void save(StateWriter out) {
    out.doubles("stage", done, rateScale, dropped, gradients.parts());
    meter.save(out);
    headAdam.save(out);
  }

  /** To be called on a new stage; it goes on after the last step that was saved. */
  public void load(StateReader in) {
    double[] values = in.doubles("stage", 4);
    done = (int) values[0];
    rateScale = values[1];
    dropped = (int) values[2];
    gradients.startWith((int) values[3]);
    for (int i = 0; i < done; i++) {
      batches.next();
    }
    meter.load(in);
    headAdam.load(in);
  }

  /** Steps that were dropped. */
  public int dropped() {
    return dropped;
  }

  /** Parts that a batch is cut into since the engine ran out of memory; 1 if it never did. */
  public int parts() {
    return gradients.parts();
  }

  /** Returns the loss, NaN if the step was dropped. */
  private double step(Update update, int step) {
    try (BatchGradients.Result result = gradients.of(batches.next(), head, dropoutSeed + step)) {
      if (!result.finite()) {
        drop(step, result.loss());
        return Double.NaN;
      }
      update.advance(result.gradients(), step, rateScale);
      headAdam.advance(result.gradients(), rateScale * headRate.at(step));
      return result.loss();
    }
  }

  private void drop(int step, double loss) {
    dropped++;
    rateScale /= 2;
    if (dropped == MAX_DROPPED) {
      throw new DiffstreamException(
          ErrorCode.QUALITY_GATE_FAILED,
          "learning diverged: in %s %d steps had a loss or gradients that are no numbers, the last one step %d of %d with loss %s; lower the learning rates of task settings (they are %s)"
              .formatted(phase, dropped, step + 1, steps, loss, task.settings().rates()));
    }
  }
}

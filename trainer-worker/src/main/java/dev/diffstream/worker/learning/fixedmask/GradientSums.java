package dev.diffstream.worker.learning.fixedmask;

import dev.diffstream.base.encoder.Head;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.checkpoint.StateWriter;
import dev.diffstream.worker.learning.parameters.Slab;
import dev.diffstream.worker.learning.rows.EncodedDataSet.Row;
import dev.diffstream.worker.learning.steps.BatchGradients;
import dev.diffstream.worker.learning.steps.Meter;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Sums over training rows of dL/dtheta or of its squares, by state index: what a mask is scored by.
 * Rows are drawn by the seed; nothing is dropped out.
 */
final class GradientSums {
  private static final int BATCH = 16;

  private final LearningTask task;
  private final List<Slab> slabs;
  private final List<Row> rows;
  private final boolean squared;
  private final float[] sums;
  private int done;

  /**
   * @param count of rows; 0 for a score that looks at none
   * @param squared example by example, the squares
   */
  GradientSums(LearningTask task, List<Slab> slabs, int count, boolean squared) {
    this.task = task;
    this.slabs = slabs;
    this.squared = squared;
    List<Row> all = new ArrayList<>(task.examples().train());
    Collections.shuffle(all, new Random(task.settings().seed()));
    this.rows = all.subList(0, count);
    this.sums = new float[count == 0 ? 0 : Slab.total(slabs)];
  }

  /**
   * Looks at the rows that are left. QUALITY_GATE_FAILED if a gradient is no number.
   *
   * @param afterBatch is run when a batch has been added
   */
  void add(Head head, Meter meter, Runnable afterBatch) {
    BatchGradients gradients = BatchGradients.withoutDropout(task);
    while (done < rows.size()) {
      List<Row> batch = rows.subList(done, Math.min(rows.size(), done + (squared ? 1 : BATCH)));
      try (BatchGradients.Result result = gradients.of(batch, head, 0)) {
        expectFinite(result);
        List<FloatBuffer> found = result.gradients().parameters();
        for (Slab slab : slabs) {
          add(slab, found.get(slab.parameter()), batch.size());
        }
        for (int i = 0; i < batch.size(); i++) {
          done++;
          meter.step(Phase.SCORING_MASK, done, rows.size(), result.loss());
        }
      }
      afterBatch.run();
    }
  }

  private void expectFinite(BatchGradients.Result result) {
    if (!result.finite()) {
      throw new DiffstreamException(
          ErrorCode.QUALITY_GATE_FAILED,
          "the mask cannot be scored: behind %d of %d rows the loss is %s and gradients are no numbers; lower the learning rates of task settings (they are %s)"
              .formatted(done, rows.size(), result.loss(), task.settings().rates()));
    }
  }

  private void add(Slab slab, FloatBuffer gradient, int weight) {
    for (int i = 0; i < slab.length(); i++) {
      float g = gradient.get(slab.offset() + i);
      sums[slab.state() + i] += squared ? g * g : weight * g;
    }
  }

  /** By state index; empty if no row was asked for. */
  float[] values() {
    return sums;
  }

  void save(StateWriter out) {
    out.doubles("scored", done);
    out.floats("sums", sums);
  }

  void load(StateReader in) {
    done = (int) in.number("scored");
    in.floats("sums", sums);
  }
}

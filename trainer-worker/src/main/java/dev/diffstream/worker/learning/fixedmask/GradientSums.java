package dev.diffstream.worker.learning.fixedmask;

import dev.diffstream.base.encoder.Head;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.checkpoint.StateReader;
import dev.diffstream.worker.learning.checkpoint.StateWriter;
import dev.diffstream.worker.learning.parameters.FloatArray;
import dev.diffstream.worker.learning.parameters.Slab;
import dev.diffstream.worker.learning.parameters.Vectors;
import dev.diffstream.worker.learning.rows.EncodedDataSet.Row;
import dev.diffstream.worker.learning.steps.BatchGradients;
import dev.diffstream.worker.learning.steps.Meter;
import java.lang.foreign.Arena;
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
  private final FloatArray sums;
  private final float[] block = new float[Vectors.BLOCK];
  private final float[] found = new float[Vectors.BLOCK];
  private int done;

  /**
   * @param count of rows; 0 for a score that looks at none
   * @param squared example by example, the squares
   * @param memory of the sums
   */
  GradientSums(LearningTask task, List<Slab> slabs, int count, boolean squared, Arena memory) {
    this.task = task;
    this.slabs = slabs;
    this.squared = squared;
    List<Row> all = new ArrayList<>(task.examples().train());
    Collections.shuffle(all, new Random(task.settings().seed()));
    this.rows = all.subList(0, count);
    this.sums = FloatArray.zeros(memory, count == 0 ? 0 : Slab.total(slabs));
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
    for (int from = 0; from < slab.length(); from += Vectors.BLOCK) {
      int n = Math.min(Vectors.BLOCK, slab.length() - from);
      gradient.get(slab.offset() + from, found, 0, n);
      int at = slab.state() + from;
      sums.get(at, block, 0, n);
      for (int i = 0; i < n; i++) {
        float g = found[i];
        block[i] += squared ? g * g : weight * g;
      }
      sums.put(at, block, 0, n);
    }
  }

  /** By state index; empty if no row was asked for. */
  FloatArray values() {
    return sums;
  }

  void save(StateWriter out) {
    out.doubles("scored", done);
    sums.save(out, "sums");
  }

  void load(StateReader in) {
    done = (int) in.number("scored");
    sums.load(in, "sums");
  }
}

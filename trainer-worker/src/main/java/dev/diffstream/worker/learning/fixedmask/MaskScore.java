package dev.diffstream.worker.learning.fixedmask;

import dev.diffstream.base.Gradients;
import dev.diffstream.base.Head;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.worker.learning.EncodedDataSet.Row;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.Meter;
import dev.diffstream.worker.learning.sparse.Slab;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;

/** By what a fixed mask is chosen; the largest scores are trained. */
enum MaskScore {
  /**
   * Sum over examples of the squared gradient: the diagonal of the empirical Fisher information.
   */
  FISH,
  /** |theta g|, g the mean gradient (SHiRA's recommendation). */
  SNIP,
  /** |g|. */
  GRAD,
  /** |theta|: the non-adaptive baseline. */
  WM,
  /** Any k positions: the baseline that a choice must beat. */
  RAND;

  private static final int BATCH = 16;

  /** INVALID_EVENT for a name that is none of these. */
  static MaskScore of(String name) {
    for (MaskScore score : values()) {
      if (score.name().toLowerCase(Locale.ROOT).equals(name)) {
        return score;
      }
    }
    throw new DiffstreamException(
        ErrorCode.INVALID_EVENT,
        "settings.maskScore must be one of fish, snip, grad, wm, rand, got: " + name);
  }

  /** Training rows that the score looks at. */
  int rows(LearningTask task) {
    int rows = Math.min(task.settings().scoreRows(), task.examples().train().size());
    return this == WM || this == RAND ? 0 : rows;
  }

  /** One score for each state index, not negative; zero where there is no value. */
  float[] scores(LearningTask task, Head head, List<Slab> slabs, Meter meter) {
    float[] scores = new float[Slab.total(slabs)];
    if (this == RAND) {
      SplittableRandom random = new SplittableRandom(task.settings().seed());
      forEachValue(slabs, i -> scores[i] = 1 - random.nextFloat());
      return scores;
    }
    if (this != WM) {
      addGradients(scores, task, head, slabs, meter);
    }
    if (this == WM || this == SNIP) {
      float[] values = Slab.copy(slabs, task.base().parameters());
      for (int i = 0; i < scores.length; i++) {
        scores[i] = this == WM ? values[i] : values[i] * scores[i];
      }
    }
    return scores;
  }

  private void addGradients(
      float[] scores, LearningTask task, Head head, List<Slab> slabs, Meter meter) {
    List<Row> rows = new ArrayList<>(task.examples().train());
    Collections.shuffle(rows, new Random(task.settings().seed()));
    rows = rows.subList(0, rows(task));
    int batch = this == FISH ? 1 : BATCH;
    for (int from = 0; from < rows.size(); from += batch) {
      List<Row> some = rows.subList(from, Math.min(rows.size(), from + batch));
      try (Gradients gradients =
          task.encoder().step(task.examples().batch(some), head, task.examples().targets(some))) {
        List<FloatBuffer> found = gradients.parameters();
        for (Slab slab : slabs) {
          add(scores, slab, found.get(slab.parameter()), some.size());
        }
        for (int i = 0; i < some.size(); i++) {
          meter.step(Phase.SCORING_MASK, from + i + 1L, rows.size(), gradients.loss());
        }
      }
    }
  }

  private void add(float[] scores, Slab slab, FloatBuffer gradient, int weight) {
    for (int i = 0; i < slab.length(); i++) {
      float g = gradient.get(slab.offset() + i);
      scores[slab.state() + i] += this == FISH ? g * g : weight * g;
    }
  }

  private static void forEachValue(List<Slab> slabs, IntConsumer body) {
    for (Slab slab : slabs) {
      for (int i = slab.state(); i < slab.state() + slab.length(); i++) {
        body.accept(i);
      }
    }
  }
}

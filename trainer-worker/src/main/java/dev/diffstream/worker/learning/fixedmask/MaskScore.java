package dev.diffstream.worker.learning.fixedmask;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.parameters.FloatArray;
import dev.diffstream.worker.learning.parameters.Slab;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Locale;
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

  /**
   * What the score is made of, nothing added up yet.
   *
   * @param memory of the sums
   */
  GradientSums sums(LearningTask task, List<Slab> slabs, Arena memory) {
    return new GradientSums(task, slabs, rows(task), this == FISH, memory);
  }

  /**
   * One score for each state index; the larger its magnitude, the better.
   *
   * @param sums over all their rows
   * @param memory of the scores
   */
  FloatArray scores(LearningTask task, List<Slab> slabs, FloatArray sums, Arena memory) {
    return switch (this) {
      case FISH, GRAD -> sums;
      case WM -> theta(task, slabs, memory);
      case SNIP -> {
        FloatArray scores = theta(task, slabs, memory);
        for (int i = 0; i < scores.length(); i++) {
          scores.set(i, scores.get(i) * sums.get(i));
        }
        yield scores;
      }
      case RAND -> {
        FloatArray scores = FloatArray.zeros(memory, Slab.total(slabs));
        SplittableRandom random = new SplittableRandom(task.settings().seed());
        forEachValue(slabs, i -> scores.set(i, 1 - random.nextFloat()));
        yield scores;
      }
    };
  }

  private static FloatArray theta(LearningTask task, List<Slab> slabs, Arena memory) {
    FloatArray theta = FloatArray.zeros(memory, Slab.total(slabs));
    Slab.copy(slabs, task.base().parameters(), theta);
    return theta;
  }

  private static void forEachValue(List<Slab> slabs, IntConsumer body) {
    for (Slab slab : slabs) {
      for (int i = slab.state(); i < slab.state() + slab.length(); i++) {
        body.accept(i);
      }
    }
  }
}

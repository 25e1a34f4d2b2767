package dev.diffstream.worker.training;

import dev.diffstream.base.Base;
import dev.diffstream.base.diff.Overlay;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.evaluation.Evaluation;
import dev.diffstream.worker.learning.frozen.HeadFit;
import dev.diffstream.worker.learning.rows.EncodedDataSet;
import java.util.List;
import java.util.Locale;

/**
 * A learned diff and the head alone over the untouched base, on the same dev rows. Of few rows a
 * head alone may learn more than a diff does.
 *
 * @param diff what the learned diff scores
 */
record HeadComparison(LearnedDiff learned, Evaluation diff, HeadFit head) {

  static HeadComparison of(LearningTask task, LearnedDiff learned) {
    HeadFit head = HeadFit.of(task);
    Base base = task.base();
    EncodedDataSet examples = task.examples();
    Overlay overlay = new Overlay(base);
    overlay.apply(learned.delta());
    try {
      Evaluation diff =
          Evaluation.of(
              base.encoder(),
              learned.head().toHead(),
              examples,
              examples.dev(),
              task.interruption());
      return new HeadComparison(learned, diff, head);
    } finally {
      overlay.restore();
    }
  }

  /** By its score: a lower loss alone is not worth the change. */
  boolean headIsBetter() {
    return head.dev().hasBetterScoreThan(diff);
  }

  LearnedDiff better() {
    return headIsBetter()
        ? new LearnedDiff(new SparseDelta(List.of()), head.head(), learned.figures())
        : learned;
  }

  String warning() {
    return String.format(
        Locale.ROOT,
        "the head alone is published: on the dev rows it scores %.4f, with the learned diff %.4f",
        head.dev().score(),
        diff.score());
  }
}

package dev.diffstream.worker.training;

import dev.diffstream.base.Base;
import dev.diffstream.base.diff.Overlay;
import dev.diffstream.base.diff.Probes;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.run.Confusion;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.learning.HeadValues;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningTask;
import dev.diffstream.worker.learning.evaluation.Evaluation;
import dev.diffstream.worker.learning.rows.EncodedDataSet;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the diff, exactly as it will be served, answers: to the held-out rows and to the probes.
 *
 * @param metrics score and majority on the held-out test rows, and the metric by its own name
 * @param confusion on the same rows; null where a row has not one label
 * @param head with outputs in the task's own units
 */
record TestEvaluation(
    Map<String, Double> metrics,
    @Nullable Confusion confusion,
    HeadValues head,
    Diff.ProbeAnswers probes) {

  static TestEvaluation of(LearningTask task, LearnedDiff learned, DataSet data) {
    Base base = task.base();
    EncodedDataSet examples = task.examples();
    HeadValues served = learned.head().rescaled(examples.scale(), examples.shift());
    Overlay overlay = new Overlay(base);
    overlay.apply(learned.delta());
    try {
      Evaluation.Details details =
          Evaluation.details(
              base.encoder(),
              learned.head().toHead(),
              examples,
              examples.test(),
              task.interruption());
      Map<String, Double> metrics = new TreeMap<>(details.figures());
      metrics.put("testRows", (double) data.test().size());
      return new TestEvaluation(
          metrics, details.confusion().orElse(null), served, probe(task, served.toHead()));
    } finally {
      overlay.restore();
    }
  }

  private static Diff.ProbeAnswers probe(LearningTask task, Head head) {
    float[][] rows =
        Probes.outputs(task.base(), head, task.examples().objective(), task.examples().reading());
    int width = rows[0].length;
    float[] all = new float[rows.length * width];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, all, i * width, width);
    }
    return new Diff.ProbeAnswers(rows.length, width, all);
  }
}

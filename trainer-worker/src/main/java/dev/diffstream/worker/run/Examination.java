package dev.diffstream.worker.run;

import dev.diffstream.base.Base;
import dev.diffstream.base.Head;
import dev.diffstream.base.Overlay;
import dev.diffstream.base.ProbeQuestion;
import dev.diffstream.schemas.diff.Diff;
import dev.diffstream.schemas.diff.ProbeRow;
import dev.diffstream.schemas.diff.ProbeSentences;
import dev.diffstream.schemas.diff.ProbeSentences.Probe;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.learning.EncodedDataSet;
import dev.diffstream.worker.learning.Evaluation;
import dev.diffstream.worker.learning.HeadValues;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningTask;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What the diff, exactly as it will be served, answers: to the held-out rows and to the probe
 * sentences.
 *
 * @param metrics score and majority on the held-out test rows, and the metric by its own name
 * @param head with outputs in the task's own units
 */
record Examination(Map<String, Double> metrics, HeadValues head, Diff.ProbeAnswers probes) {

  static Examination of(LearningTask task, LearnedDiff learned, DataSet data) {
    Base base = task.base();
    EncodedDataSet examples = task.examples();
    HeadValues served = learned.head().rescaled(examples.scale(), examples.shift());
    Overlay overlay = new Overlay(base);
    overlay.apply(learned.delta());
    try {
      Map<String, Double> metrics =
          Evaluation.figures(base.encoder(), learned.head().toHead(), examples, examples.test());
      metrics.put("testRows", (double) data.test().size());
      return new Examination(metrics, served, probe(task, served.toHead()));
    } finally {
      overlay.restore();
    }
  }

  private static Diff.ProbeAnswers probe(LearningTask task, Head head) {
    List<float[]> rows = new ArrayList<>();
    for (Probe probe : ProbeSentences.V1) {
      rows.add(ProbeRow.of(task.examples().objective(), logits(task, head, probe)));
    }
    int width = rows.getFirst().length;
    float[] all = new float[rows.size() * width];
    for (int i = 0; i < rows.size(); i++) {
      System.arraycopy(rows.get(i), 0, all, i * width, width);
    }
    return new Diff.ProbeAnswers(rows.size(), width, all);
  }

  private static float[][] logits(LearningTask task, Head head, Probe probe) {
    return ProbeQuestion.logits(
        task.base(),
        head,
        task.examples().objective(),
        probe.text(),
        task.examples().objective().pairs() ? probe.textPair() : null,
        task.settings().maxTokens());
  }
}

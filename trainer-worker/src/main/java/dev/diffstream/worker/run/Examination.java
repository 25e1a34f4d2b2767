package dev.diffstream.worker.run;

import dev.diffstream.base.Base;
import dev.diffstream.base.Batch;
import dev.diffstream.base.Head;
import dev.diffstream.base.Input;
import dev.diffstream.base.Overlay;
import dev.diffstream.base.Probes;
import dev.diffstream.schemas.diff.Diff;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.learning.EncodedDataSet;
import dev.diffstream.worker.learning.Evaluation;
import dev.diffstream.worker.learning.HeadValues;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningTask;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the diff, exactly as it will be served, answers: to the held-out rows and to the probes.
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
      Evaluation test =
          Evaluation.of(base.encoder(), learned.head().toHead(), examples, examples.test());
      Map<String, Double> metrics = new TreeMap<>();
      metrics.put("score", test.score());
      metrics.put(examples.objective().real() ? "pearson" : "accuracy", test.score());
      metrics.put("loss", test.loss());
      metrics.put(
          "majority", Evaluation.majority(examples.objective(), examples.train(), examples.test()));
      metrics.put("testRows", (double) data.test().size());
      return new Examination(metrics, served, probe(task, served.toHead()));
    } finally {
      overlay.restore();
    }
  }

  private static Diff.ProbeAnswers probe(LearningTask task, Head head) {
    boolean pairs = task.examples().objective().pairs();
    List<Input> probes = Probes.of(task.base(), pairs, task.settings().maxTokens());
    float[] logits = new float[probes.size() * head.outputs()];
    for (int i = 0; i < probes.size(); i++) {
      float[] answer = task.base().encoder().logits(Batch.of(List.of(probes.get(i))), head)[0];
      System.arraycopy(answer, 0, logits, i * head.outputs(), head.outputs());
    }
    return new Diff.ProbeAnswers(probes.size(), head.outputs(), logits);
  }
}

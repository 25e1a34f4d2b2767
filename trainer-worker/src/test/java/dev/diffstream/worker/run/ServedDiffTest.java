package dev.diffstream.worker.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.diffstream.base.Base;
import dev.diffstream.base.diff.Overlay;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.TextReading;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.memory.MemoryEventLog;
import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.schemas.diff.probe.ProbeSentences;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.data.DataLimits;
import dev.diffstream.worker.data.DataLocation;
import dev.diffstream.worker.data.DataSet;
import dev.diffstream.worker.data.DataSetReader;
import dev.diffstream.worker.data.Example;
import dev.diffstream.worker.learning.HeadValues;
import dev.diffstream.worker.learning.diffpruning.DiffPruning;
import dev.diffstream.worker.training.Trainer;
import dev.diffstream.worker.training.TrainingEnvironment;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The file that was published, put on a base of its own as a gateway does, gives the answers that
 * it says it gives: its probes bit for bit, its score on the held-out rows. What follows from the
 * task event carries its trace.
 */
class ServedDiffTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

  private final MemoryObjectStore store = new MemoryObjectStore();
  private final MemoryEventLog log = new MemoryEventLog();
  private final DataSetReader reader =
      new DataSetReader(store, new DataLocation("b", List.of()), DataLimits.DEFAULT);

  @ParameterizedTest
  @CsvSource({
    "classification, fp16, separate",
    "pair-classification, fp32, separate",
    "pair-classification, fp16, joint",
    "pair-regression, fp16, joint",
    "regression, fp16, separate",
  })
  void givesTheAnswersThatItRecords(String objectiveName, String precision, String pairs) {
    Objective objective = Objective.of(objectiveName);
    TextReading reading = new TextReading(24, PairEncoding.ofFile(pairs));
    RunReport report = run(objective, precision, pairs);
    assertThat(report.outcome())
        .as(String.valueOf(report.failure()))
        .isEqualTo(RunReport.Outcome.PUBLISHED);
    assertTraceCarriedOn();
    Diff diff =
        DiffReader.read(
            store
                .get(
                    ObjectKeys.diff(java.util.Objects.requireNonNull(report.published()).digest()),
                    1 << 20)
                .orElseThrow());

    try (Base base = TinyWorld.base()) {
      Overlay overlay = new Overlay(base);
      overlay.apply(
          new SparseDelta(
              diff.tensors().stream()
                  .map(t -> new SparseDelta.Entry(t.name(), t.positions(), t.values()))
                  .toList()));
      Diff.DenseHead dense = (Diff.DenseHead) diff.head();
      HeadValues head =
          new HeadValues(dense.outputs(), dense.features(), dense.weight(), dense.bias());
      int outputs = head.outputs();
      Diff.ProbeAnswers probes = java.util.Objects.requireNonNull(diff.probes());
      for (int i = 0; i < ProbeSentences.V1.size(); i++) {
        var probe = ProbeSentences.V1.get(i);
        float[] logits =
            answer(base, head, reading, probe.text(), objective.pairs() ? probe.textPair() : null);
        for (int c = 0; c < outputs; c++) {
          assertThat(logits[c]).isEqualTo(probes.logits()[i * outputs + c]);
        }
      }
      assertThat(score(base, head, reading, objective))
          .isCloseTo(diff.metadata().metrics().getOrDefault("score", Double.NaN), within(1e-3))
          .isGreaterThan(0.8);
      overlay.restore();
      assertThat(base.currentDigest()).isEqualTo(base.digest());
    }
  }

  private void assertTraceCarriedOn() {
    try (var follower = log.follow(Topics.DIFFS)) {
      List<Received> records = follower.poll(Duration.ofSeconds(5));
      assertThat(records).hasSize(1);
      assertThat(records.get(0).headers().get("traceparent")).contains(TRACE);
    }
    assertThat(store.stat(ObjectKeys.report(RunIds.of("/test", "e"), 1)).orElseThrow().metadata())
        .hasEntrySatisfying("traceparent", value -> assertThat(value).contains(TRACE));
  }

  private RunReport run(Objective objective, String precision, String pairs) {
    store.put("tasks/t/data/x.jsonl", rows(objective), Map.of());
    String data =
        TinyWorld.task("x.jsonl", "")
            .replace("\"classification\"", "\"" + objective.text() + "\"")
            .replace("\"density\"", "\"precision\":\"" + precision + "\",\"density\"");
    if (objective.pairs()) {
      data = data.replace("\"density\"", "\"pairEncoding\":\"" + pairs + "\",\"density\"");
    }
    Map<String, String> headers = new HashMap<>(TinyWorld.taskHeaders("e"));
    headers.put("traceparent", "00-" + TRACE + "-00f067aa0ba902b7-01");
    try (Base base = TinyWorld.base()) {
      Trainer.handler(
              TrainingEnvironment.onProcessor()
                  .workerId("w")
                  .base(base)
                  .store(store)
                  .log(log)
                  .dataSets(reader)
                  .methods(List.of(new DiffPruning(2)))
                  .retry(new RetryPolicy(Duration.ZERO, new CountDownLatch(1)))
                  .build())
          .handle(new Received(Topics.TASKS, 0, 0, "t", headers, data.getBytes(UTF_8)), () -> true);
      assertThat(base.currentDigest()).isEqualTo(base.digest());
    }
    return Reports.of(store, RunIds.of("/test", "e"));
  }

  /** Accuracy, or the correlation, of one answer after another on the held-out test rows. */
  private double score(Base base, HeadValues head, TextReading reading, Objective objective) {
    DataSet data =
        reader.read(
            dev.diffstream.schemas.event.TaskSubmitted.of("t", objective, "tasks/t/data/x.jsonl"));
    int n = data.test().size();
    int right = 0;
    double[] x = new double[n];
    double[] y = new double[n];
    for (int i = 0; i < n; i++) {
      Example example = data.test().get(i);
      float[] logits = answer(base, head, reading, example.text(), example.textPair());
      if (objective.real()) {
        x[i] = logits[0];
        y[i] = example.value();
        // In the task's own units: numbers around 1000, not around 0.
        assertThat(x[i]).isBetween(900.0, 1100.0);
      } else {
        right += data.labels().indexOf(example.label()) == (logits[1] > logits[0] ? 1 : 0) ? 1 : 0;
      }
    }
    return objective.real() ? correlation(x, y) : right / (double) n;
  }

  private static double correlation(double[] x, double[] y) {
    double meanX = java.util.Arrays.stream(x).average().orElseThrow();
    double meanY = java.util.Arrays.stream(y).average().orElseThrow();
    double xy = 0;
    double xx = 0;
    double yy = 0;
    for (int i = 0; i < x.length; i++) {
      xy += (x[i] - meanX) * (y[i] - meanY);
      xx += (x[i] - meanX) * (x[i] - meanX);
      yy += (y[i] - meanY) * (y[i] - meanY);
    }
    return xy / Math.sqrt(xx * yy);
  }

  private static float[] answer(
      Base base,
      HeadValues head,
      TextReading reading,
      String text,
      @org.jspecify.annotations.Nullable String textPair) {
    return base.encoder()
        .logits(Batch.of(List.of(base.encode(text, textPair, reading))), head.toHead())[0];
  }

  /** The second text of a pair, or the only one, says good or bad; texts fill every position. */
  private static byte[] rows(Objective objective) {
    String[] words = {"the", "man", "is", "eating", "food", "cat", "sat", "on", "mat", "very"};
    Random random = new Random(3);
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 160; i++) {
      boolean good = i % 2 == 0;
      StringBuilder filler = new StringBuilder();
      for (int w = 0; w < (objective.pairs() ? 23 : 5); w++) {
        filler.append(' ').append(words[random.nextInt(words.length)]);
      }
      String verdict = (good ? "good good" : "bad bad") + filler;
      String label = objective.real() ? (good ? "1005" : "995") : good ? "yes" : "no";
      rows.append("{\"text\":\"").append(objective.pairs() ? filler.substring(1) : verdict);
      rows.append("\",\"textPair\":\"").append(verdict);
      rows.append("\",\"label\":\"").append(label).append("\"}\n");
    }
    return rows.toString().getBytes(UTF_8);
  }
}

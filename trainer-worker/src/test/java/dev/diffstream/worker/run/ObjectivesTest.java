package dev.diffstream.worker.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.Base;
import dev.diffstream.base.diff.Overlay;
import dev.diffstream.base.diff.ProbeInference;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.input.TextReading;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.memory.MemoryEventLog;
import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.probe.ProbeSentences;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.worker.TinyWorld;
import dev.diffstream.worker.data.DataLimits;
import dev.diffstream.worker.data.DataLocation;
import dev.diffstream.worker.data.DataSetReader;
import dev.diffstream.worker.learning.HeadValues;
import dev.diffstream.worker.learning.diffpruning.DiffPruning;
import dev.diffstream.worker.training.Trainer;
import dev.diffstream.worker.training.TrainingEnvironment;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every objective from its event to its diff file, on a task that a text's words decide: the diff
 * must beat the best constant answer by far, and the file must give the answers that it records.
 */
class ObjectivesTest {
  private static final String[] WORDS = {
    "the", "man", "is", "eating", "cat", "sat", "on", "mat", "very"
  };

  private final MemoryObjectStore store = new MemoryObjectStore();
  private final Random random = new Random(3);

  @ParameterizedTest
  @EnumSource(Objective.class)
  void isLearnedAndServed(Objective objective) {
    RunReport report = run(objective);
    assertThat(report.outcome())
        .as(String.valueOf(report.failure()))
        .isEqualTo(RunReport.Outcome.PUBLISHED);
    Map<String, Double> metrics = Objects.requireNonNull(report.metrics());
    System.out.println(objective.text() + " " + metrics);
    String primary =
        switch (objective.labelling()) {
          case CLASS -> "accuracy";
          case NUMBER -> "pearson";
          case LABEL_SET -> "microF1";
          case TAGS -> "entityF1";
          case NONE -> "tokenAccuracy";
        };
    double score = metrics.getOrDefault("score", Double.NaN);
    assertThat(score)
        .isEqualTo(metrics.get(primary))
        .isGreaterThan(metrics.getOrDefault("majority", Double.NaN) + 0.15)
        .isBetween(metrics.get("scoreLow"), metrics.get("scoreHigh"));
    assertThat(metrics.get("loss")).isFinite();
    assertProbes(objective, report);
  }

  private void assertProbes(Objective objective, RunReport report) {
    String digest = Objects.requireNonNull(report.published()).digest();
    Diff diff = DiffReader.read(store.get(ObjectKeys.diff(digest), 1 << 20).orElseThrow());
    assertThat(diff.metadata().features()).isEqualTo(objective.features());
    Diff.ProbeAnswers recorded = Objects.requireNonNull(diff.probes());
    try (Base base = TinyWorld.base()) {
      Overlay overlay = new Overlay(base);
      overlay.apply(
          new SparseDelta(
              diff.tensors().stream()
                  .map(t -> new SparseDelta.Entry(t.name(), t.positions(), t.values()))
                  .toList()));
      for (int i = 0; i < recorded.sentences(); i++) {
        var probe = ProbeSentences.V1.get(i);
        float[] row =
            ProbeInference.row(
                base,
                head(diff.head()).toHead(),
                objective,
                probe.text(),
                objective.pairs() ? probe.textPair() : null,
                TextReading.of(diff.metadata()));
        for (int c = 0; c < row.length; c++) {
          assertThat(row[c]).isEqualTo(recorded.logits()[i * row.length + c]);
        }
      }
      overlay.restore();
    }
  }

  private static HeadValues head(Diff.Head head) {
    return switch (head) {
      case Diff.DenseHead dense ->
          new HeadValues(dense.outputs(), dense.features(), dense.weight(), dense.bias());
      case Diff.TiedHead tied -> {
        float[] weight = new float[tied.embedding() * (tied.features() + 3)];
        int at = 0;
        for (float[] part :
            List.of(tied.transform(), tied.transformBias(), tied.norm(), tied.normBias())) {
          System.arraycopy(part, 0, weight, at, part.length);
          at += part.length;
        }
        yield new HeadValues(
            tied.outputs(), tied.features(), tied.embedding(), weight, tied.bias());
      }
    };
  }

  private RunReport run(Objective objective) {
    store.put("tasks/t/data/x.jsonl", rows(objective), Map.of());
    String more = objective == Objective.MASKED_LM ? ",\"stage3Steps\":300" : "";
    String event =
        TinyWorld.task("x.jsonl", "")
            .replace("\"classification\"", "\"" + objective.text() + "\"")
            .replace(",\"stage3Steps\":60", more.isEmpty() ? ",\"stage3Steps\":60" : more);
    try (Base base = TinyWorld.base()) {
      Trainer.handler(
              TrainingEnvironment.onProcessor()
                  .workerId("w")
                  .base(base)
                  .store(store)
                  .log(new MemoryEventLog())
                  .dataSets(
                      new DataSetReader(
                          store, new DataLocation("b", List.of()), DataLimits.DEFAULT))
                  .methods(List.of(new DiffPruning(2)))
                  .retry(new RetryPolicy(Duration.ZERO, new CountDownLatch(1)))
                  .build())
          .handle(
              new Received(
                  Topics.TASKS, 0, 0, "t", TinyWorld.taskHeaders("e"), event.getBytes(UTF_8)),
              () -> true);
      assertThat(base.currentDigest()).isEqualTo(base.digest());
    }
    return Reports.of(store, RunIds.of("/test", "e"));
  }

  private byte[] rows(Objective objective) {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 160; i++) {
      boolean good = i % 2 == 0;
      String verdict = (good ? "good good " : "bad bad ") + filler(4);
      rows.append(
              switch (objective) {
                case CLASSIFICATION -> row(verdict, "\"label\":\"" + (good ? "yes" : "no") + "\"");
                case REGRESSION -> row(verdict, "\"label\":" + (good ? 1005 : 995));
                case PAIR_CLASSIFICATION ->
                    row(filler(6), pair(verdict) + "\"label\":\"" + (good ? "yes" : "no") + "\"");
                case PAIR_REGRESSION ->
                    row(filler(6), pair(verdict) + "\"label\":" + (good ? 1005 : 995));
                case MULTI_LABEL -> labelSet(i);
                case TOKEN_CLASSIFICATION -> tagged();
                case MASKED_LM -> row(pattern(i), "\"origin\":" + i);
              })
          .append('\n');
    }
    return rows.toString().getBytes(UTF_8);
  }

  private static String row(String text, String more) {
    return "{\"text\":\"" + text + "\"," + more + "}";
  }

  private static String pair(String text) {
    return "\"textPair\":\"" + text + "\",";
  }

  /** A label for food, one for the market, both or none. */
  private String labelSet(int i) {
    boolean food = (i & 1) > 0;
    boolean market = (i & 2) > 0;
    String text = filler(4) + (food ? " food meal" : "") + (market ? " stock market" : "");
    String labels = (food ? "\"food\"" : "") + (food && market ? "," : "");
    return row(text, "\"label\":[" + labels + (market ? "\"market\"" : "") + "]");
  }

  /** A meal, a stock market, or nothing that has a name. */
  private String tagged() {
    StringBuilder tokens = new StringBuilder();
    StringBuilder tags = new StringBuilder();
    for (int w = 0; w < 4; w++) {
      int lot = random.nextInt(4);
      tokens.append(w == 0 ? "" : ",");
      tags.append(w == 0 ? "" : ",");
      tokens.append(
          lot == 0
              ? "\"food\""
              : lot == 1
                  ? "\"stock\",\"market\""
                  : "\"" + WORDS[random.nextInt(WORDS.length)] + "\"");
      tags.append(lot == 0 ? "\"B-meal\"" : lot == 1 ? "\"B-place\",\"I-place\"" : "\"O\"");
    }
    return "{\"tokens\":[" + tokens + "],\"tags\":[" + tags + "]}";
  }

  /** Each word is told by its neighbours: there are four sentences, and their beginnings vary. */
  private String pattern(int i) {
    String[] sentences = {
      "the cat sat on a mat",
      "stock market fell very sharp",
      "a man is eating food",
      "good good meal not bad"
    };
    return sentences[i % 4] + " " + sentences[random.nextInt(4)] + " " + (1 + random.nextInt(3));
  }

  private String filler(int words) {
    StringBuilder text = new StringBuilder();
    for (int w = 0; w < words; w++) {
      text.append(w == 0 ? "" : " ").append(WORDS[random.nextInt(WORDS.length)]);
    }
    return text.toString();
  }
}

package dev.diffstream.worker.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.base.Base;
import dev.diffstream.base.diff.Overlay;
import dev.diffstream.base.diff.Probes;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.input.Batch;
import dev.diffstream.base.input.Input;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.memory.MemoryEventLog;
import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.model.Diff;
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
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A task of images or sound over a TorchScript module, from its event to a file that answers as it
 * says.
 */
class ModuleTaskTest {
  private static final int SIDE = 16;
  private static final int BANDS = 20;
  private static final Path MODULES =
      Path.of("..", "lib", "base-model", "src", "test", "resources", "modules");

  private final MemoryObjectStore store = new MemoryObjectStore();
  private final MemoryEventLog log = new MemoryEventLog();

  @ParameterizedTest
  @ValueSource(strings = {"image", "audio"})
  void isLearnedAndLeavesTheBaseAsItWas(String kind) {
    RunReport report = run(kind, "x.jsonl", kind.equals("image") ? stripes() : tones());
    assertThat(report.outcome())
        .as(String.valueOf(report.failure()))
        .isEqualTo(RunReport.Outcome.PUBLISHED);
    Map<String, Double> metrics = Objects.requireNonNull(report.metrics());
    assertThat(metrics.get("majority")).isBetween(0.3, 0.7);
    assertThat(metrics.get("accuracy")).isGreaterThan(0.9);
    String digest = Objects.requireNonNull(report.published()).digest();
    Diff diff = DiffReader.read(store.get(ObjectKeys.diff(digest), 1 << 20).orElseThrow());
    try (Base base = base(kind)) {
      assertThat(diff.metadata().features()).isEqualTo("module");
      assertThat(diff.metadata().tokenizerDigest()).isEqualTo(base.inputDigest());
      Overlay overlay = new Overlay(base);
      overlay.apply(
          new SparseDelta(
              diff.tensors().stream()
                  .map(t -> new SparseDelta.Entry(t.name(), t.positions(), t.values()))
                  .toList()));
      assertProbes(base, diff);
      overlay.restore();
      assertThat(base.currentDigest()).isEqualTo(base.digest());
    }
  }

  @Test
  void anImageOfAnotherShapeIsNamedWithItsLine() {
    RunReport report =
        run("image", "x.jsonl", stripes() + "{\"input\":[[1,2],[3,4]],\"label\":\"a\"}\n");
    assertThat(report.outcome()).isEqualTo(RunReport.Outcome.FAILED);
    assertThat(Reports.code(report)).isEqualTo(ErrorCode.INVALID_RECORD);
    assertThat(Reports.message(report))
        .contains("line 241: input image: expected shape [1, 16, 16], got [2, 2]");
  }

  @Test
  void framesOfAnotherWidthAreNamedWithTheirLine() {
    RunReport report =
        run("audio", "x.jsonl", tones() + "{\"input\":[[1,2],[3,4]],\"label\":\"a\"}\n");
    assertThat(Reports.code(report)).isEqualTo(ErrorCode.INVALID_RECORD);
    assertThat(Reports.message(report))
        .contains("line 241: input frames: expected shape [-1, 20], got [2, 2]");
  }

  @Test
  void aFileThatCannotHoldImagesIsRefused() {
    RunReport report = run("image", "x.csv", "text,label\nhello,a\n");
    assertThat(Reports.code(report)).isEqualTo(ErrorCode.INVALID_EVENT);
    assertThat(Reports.message(report)).contains("expected JSON Lines");
  }

  @Test
  void pairsInOneSequenceAreRefused() {
    RunReport report =
        run(
            "image",
            "x.jsonl",
            stripes(),
            task ->
                task.replace("\"classification\"", "\"pair-classification\"")
                    .replace("{\"taskId\"", "{\"pairEncoding\":\"joint\",\"taskId\""));
    assertThat(Reports.code(report)).isEqualTo(ErrorCode.INVALID_EVENT);
    assertThat(Reports.message(report))
        .contains(
            "pairEncoding joint needs a base that reads texts, base tiny-image reads tensors");
  }

  private static void assertProbes(Base base, Diff diff) {
    Diff.DenseHead dense = (Diff.DenseHead) diff.head();
    HeadValues head =
        new HeadValues(dense.outputs(), dense.features(), dense.weight(), dense.bias());
    List<Input> probes = Probes.of(base, 1);
    float[] recorded = Objects.requireNonNull(diff.probes()).logits();
    for (int i = 0; i < probes.size(); i++) {
      float[] answer = base.encoder().logits(Batch.of(List.of(probes.get(i))), head.toHead())[0];
      assertThat(answer).containsExactly(recorded[2 * i], recorded[2 * i + 1]);
    }
  }

  private RunReport run(String kind, String file, String rows) {
    return run(kind, file, rows, UnaryOperator.identity());
  }

  private RunReport run(String kind, String file, String rows, UnaryOperator<String> change) {
    store.put("tasks/t/data/" + file, rows.getBytes(UTF_8), Map.of());
    try (Base base = base(kind)) {
      DataSetReader reader =
          new DataSetReader(
              store, new DataLocation("b", List.of()), DataLimits.DEFAULT, base.tensorInputs());
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
          .handle(
              new Received(
                  Topics.TASKS,
                  0,
                  0,
                  "t",
                  TinyWorld.taskHeaders("e"),
                  change.apply(TinyWorld.task(file, "")).getBytes(UTF_8)),
              () -> true);
      assertThat(base.currentDigest()).isEqualTo(base.digest());
    }
    return Reports.of(store, RunIds.of("/test", "e"));
  }

  /** Noise under stripes that lie or stand; half of the rows flat arrays, half nested ones. */
  private static String stripes() {
    Random random = new Random(5);
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 240; i++) {
      boolean lying = random.nextBoolean();
      int phase = random.nextInt(4);
      rows.append("{\"input\":").append(i % 2 == 0 ? "[" : "[[");
      for (int y = 0; y < SIDE; y++) {
        rows.append(y > 0 ? "," : "").append(i % 2 == 0 ? "" : "[");
        for (int x = 0; x < SIDE; x++) {
          double stripe = ((lying ? y : x) + phase) % 4 < 2 ? 1 : -1;
          rows.append(x > 0 ? "," : "").append((float) (stripe + 0.7 * random.nextGaussian()));
        }
        rows.append(i % 2 == 0 ? "" : "]");
      }
      rows.append(i % 2 == 0 ? "]" : "]]").append(",\"label\":\"");
      rows.append(lying ? "lying" : "standing").append("\"}\n");
    }
    return rows.toString();
  }

  /** A tone over 5 to 12 frames whose pitch rises or falls, under noise. */
  private static String tones() {
    Random random = new Random(6);
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 240; i++) {
      boolean rising = random.nextBoolean();
      int frames = 5 + random.nextInt(8);
      double low = 1 + 4 * random.nextDouble();
      rows.append("{\"input\":[");
      for (int t = 0; t < frames; t++) {
        double pitch = low + 13.0 * (rising ? t : frames - 1 - t) / frames;
        rows.append(t > 0 ? ",[" : "[");
        for (int band = 0; band < BANDS; band++) {
          double tone = 3 * Math.exp(-0.3 * (band - pitch) * (band - pitch));
          rows.append(band > 0 ? "," : "").append((float) (tone + 0.3 * random.nextGaussian()));
        }
        rows.append("]");
      }
      rows.append("],\"label\":\"").append(rising ? "rising" : "falling").append("\"}\n");
    }
    return rows.toString();
  }

  private static Base base(String kind) {
    return Base.fromDirectory(MODULES.resolve(kind));
  }
}

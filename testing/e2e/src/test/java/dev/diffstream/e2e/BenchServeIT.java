package dev.diffstream.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.cli.Main;
import dev.diffstream.schemas.diff.format.DiffWriter;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.DenseHead;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The benchmark of serving, with a tiny base and few tasks: every answer is right. */
class BenchServeIT {
  private static final Path BASE =
      Path.of("../../trainer-worker/src/test/resources/tiny-bert").toAbsolutePath().normalize();

  @Test
  void fewTasksAreServedRightly(@TempDir Path directory) throws IOException {
    Path diff =
        Files.write(
            directory.resolve("diff.safetensors"),
            DiffWriter.write(diff().rounded(ValuePrecision.FP16)));
    Path json = directory.resolve("serve.json");
    int status =
        Main.commandLine()
            .execute(
                "bench",
                "serve",
                "--base=" + BASE,
                "--diffs=" + diff,
                "--tasks=12",
                "--clients=4",
                "--seconds=0.5",
                "--rounds=1",
                "--versions=2",
                "--no-engine",
                "--json=" + json);
    JsonNode report = Json.parse(Files.readAllBytes(json), "report");
    assertThat(status).as("%s", report).isZero();
    assertThat(report.path("wrong").asInt()).isZero();
    assertThat(report.path("lost").asInt()).isZero();
    assertThat(report.path("answered").asInt()).isGreaterThan(20);
    assertThat(report.path("tellingPairs").asInt()).isPositive();
    assertThat(report.path("sizes"))
        .extracting(s -> s.path("tasks").asInt())
        .containsExactly(1, 10, 12);
    assertThat(report.path("announcedToServedMillis").path("p50").asDouble()).isPositive();
    assertThat(report.path("startSeconds").asDouble()).isPositive();
    assertThat(report.path("flood").path("ratio").asDouble()).isPositive();
    assertThat(report.path("throughputRatio1024").isNull()).isTrue();
    assertThat(report.path("notMeasured").path("throughputRatio1024").asText()).contains("12");
  }

  private static Diff diff() {
    Random random = new Random(4);
    try (Base base = Base.fromDirectory(BASE)) {
      List<SparseTensor> tensors = new ArrayList<>();
      for (Parameter parameter : base.parameters()) {
        int count = Math.max(1, parameter.size() / 50);
        int[] positions =
            random.ints(0, parameter.size()).distinct().limit(count).sorted().toArray();
        tensors.add(
            new SparseTensor(
                parameter.name(), parameter.shape(), positions, values(random, count)));
      }
      int features = base.encoder().featureCount(false);
      DenseHead head = new DenseHead(3, features, values(random, 3 * features), values(random, 3));
      return new Diff(metadata(base, tensors), tensors, head, null);
    }
  }

  private static float[] values(Random random, int count) {
    float[] values = new float[count];
    IntStream.range(0, count).forEach(i -> values[i] = 0.3f * (float) random.nextGaussian());
    return values;
  }

  private static DiffMetadata metadata(Base base, List<SparseTensor> tensors) {
    return DiffMetadata.learned()
        .baseDigest(base.digest())
        .baseName(base.name())
        .baseParameters(base.parameters().stream().mapToLong(Parameter::size).sum())
        .taskId("made")
        .objective(Objective.CLASSIFICATION)
        .method("fixed-mask")
        .precision(ValuePrecision.FP16)
        .nonzeros(tensors.stream().mapToLong(tensor -> tensor.positions().length).sum())
        .labels(List.of("a", "b", "c"))
        .features("mean")
        .maxTokens(24)
        .metrics(Map.of("score", 0.75, "majority", 0.5))
        .tokenizerDigest(base.inputDigest())
        .dataDigest("01".repeat(32))
        .seed(4)
        .codeVersion("0.1.0")
        .build();
  }
}

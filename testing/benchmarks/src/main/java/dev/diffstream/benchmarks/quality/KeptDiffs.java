package dev.diffstream.benchmarks.quality;

import dev.diffstream.base.Base;
import dev.diffstream.benchmarks.data.BenchmarkTask;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.diff.Diff;
import dev.diffstream.schemas.diff.Diff.SparseTensor;
import dev.diffstream.schemas.diff.DiffMetadata;
import dev.diffstream.schemas.diff.DiffWriter;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The diffs that a benchmark learned, as files: {@code <task>-<method>-<seed>.safetensors}. */
public record KeptDiffs(Path directory) {

  void write(BenchmarkTask task, String method, LearningTask learning, LearnedDiff learned) {
    long seed = learning.settings().seed();
    Path file = directory.resolve("%s-%s-%d.safetensors".formatted(task.name(), method, seed));
    try {
      Files.createDirectories(directory);
      Files.write(file, DiffWriter.write(diff(task, method, learning, learned)));
    } catch (IOException e) {
      throw new UncheckedIOException("the diff cannot be kept in " + file, e);
    }
  }

  private static Diff diff(
      BenchmarkTask task, String method, LearningTask learning, LearnedDiff learned) {
    Base base = learning.base();
    DiffMetadata metadata =
        new DiffMetadata(
            base.digest(),
            base.name(),
            learning.parameterCount(),
            task.name().replace('_', '-'),
            task.objective(),
            method,
            learning.precision(),
            learned.nonzeros(),
            task.labels(),
            base.readsText() ? task.objective().features() : "module",
            learning.settings().maxTokens(),
            Map.of("devScore", learned.figures().getOrDefault("devScore", 0.0)),
            base.inputDigest(),
            Sha256.of(task.train().toString().getBytes(StandardCharsets.UTF_8)),
            learning.settings().seed(),
            "benchmark");
    List<SparseTensor> tensors = learned.delta().tensors(base.parameters());
    float scale = learning.examples().scale();
    float shift = learning.examples().shift();
    return new Diff(metadata, tensors, learned.head().rescaled(scale, shift).inFile(), null);
  }
}

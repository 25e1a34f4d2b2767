package dev.diffstream.benchmarks.quality;

import dev.diffstream.base.Base;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.benchmarks.data.BenchmarkTask;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.diff.format.DiffFile;
import dev.diffstream.schemas.diff.format.DiffWriter;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.worker.learning.HeadValues;
import dev.diffstream.worker.learning.LearnedDiff;
import dev.diffstream.worker.learning.LearningTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The diffs that a benchmark learned, as files: {@code <task>-<method>-<seed>.safetensors}. */
public record KeptDiffs(Path directory) {

  private Path file(BenchmarkTask task, String method, LearningTask learning) {
    long seed = learning.settings().seed();
    return directory.resolve("%s-%s-%d.safetensors".formatted(task.name(), method, seed));
  }

  /** What was kept of the same task, method and seed, with the dev score that it had. */
  Optional<LearnedDiff> read(BenchmarkTask task, String method, LearningTask learning) {
    Path file = file(task, method, learning);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Diff diff;
    try {
      diff = DiffFile.open(file).toDiff();
    } catch (IOException e) {
      throw new UncheckedIOException("the kept diff cannot be read: " + file, e);
    }
    if (!(diff.head() instanceof Diff.DenseHead head)
        || !diff.metadata().baseDigest().equals(learning.base().digest())) {
      return Optional.empty();
    }
    float scale = learning.examples().scale();
    float shift = learning.examples().shift();
    return Optional.of(
        new LearnedDiff(
            new SparseDelta(
                diff.tensors().stream()
                    .map(t -> new SparseDelta.Entry(t.name(), t.positions(), t.values()))
                    .toList()),
            new HeadValues(head.outputs(), head.features(), head.weight(), head.bias())
                .rescaled(1 / scale, -shift / scale),
            diff.metadata().metrics()));
  }

  void write(BenchmarkTask task, String method, LearningTask learning, LearnedDiff learned) {
    Path file = file(task, method, learning);
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
    PairEncoding pairs = learning.examples().reading().pairs();
    DiffMetadata metadata =
        DiffMetadata.learned()
            .baseDigest(base.digest())
            .baseName(base.name())
            .baseParameters(learning.parameterCount())
            .taskId(task.name().replace('_', '-'))
            .objective(task.objective())
            .method(method)
            .precision(learning.precision())
            .nonzeros(learned.nonzeros())
            .labels(task.labels())
            .features(base.featureKind(task.objective(), pairs))
            .pairEncoding(task.objective().pairs() ? pairs.text() : null)
            .maxTokens(learning.settings().maxTokens())
            .metrics(Map.of("devScore", learned.figures().getOrDefault("devScore", 0.0)))
            .tokenizerDigest(base.inputDigest())
            .dataDigest(Sha256.of(task.train().toString().getBytes(StandardCharsets.UTF_8)))
            .seed(learning.settings().seed())
            .codeVersion("benchmark")
            .build();
    List<SparseTensor> tensors = learned.delta().tensors(base.parameters());
    float scale = learning.examples().scale();
    float shift = learning.examples().shift();
    return new Diff(metadata, tensors, learned.head().rescaled(scale, shift).inFile(), null);
  }
}

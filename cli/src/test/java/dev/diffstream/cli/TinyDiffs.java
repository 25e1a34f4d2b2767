package dev.diffstream.cli;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.schemas.diff.format.DiffWriter;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.DenseHead;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.model.Diff.TiedHead;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.event.Objective;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;

/** Random diffs of a tiny base that lies among the tests of base-model. */
public final class TinyDiffs {
  /** A random encoder of width 16 or so in Hugging Face layout. */
  public static final Path BASE =
      Path.of("..", "lib", "base-model", "src", "test", "resources", "bert", "gelu");

  private TinyDiffs() {}

  public static Base base() {
    return Base.fromDirectory(BASE);
  }

  /** Changes about a tenth of the parameters that are chosen. */
  public static Diff random(Base base, long seed, Objective objective, Predicate<String> chosen) {
    Random random = new Random(seed);
    List<SparseTensor> tensors = new ArrayList<>();
    for (Parameter parameter : base.parameters()) {
      if (chosen.test(parameter.name())) {
        int[] positions = random.ints(parameter.size(), 0, 10).toArray();
        int[] kept =
            java.util.stream.IntStream.range(0, positions.length)
                .filter(i -> positions[i] == 0)
                .toArray();
        float[] values = new float[kept.length];
        for (int i = 0; i < values.length; i++) {
          values[i] = 0.1f * (float) random.nextGaussian();
        }
        if (kept.length > 0) {
          tensors.add(new SparseTensor(parameter.name(), parameter.shape(), kept, values));
        }
      }
    }
    List<String> labels = List.of("B-<x>", "I-<x>", "O");
    int features = base.encoder().featureCount(objective.pairs());
    float[] weight = new float[3 * features];
    for (int i = 0; i < weight.length; i++) {
      weight[i] = (float) random.nextGaussian();
    }
    DenseHead head = new DenseHead(3, features, weight, new float[] {0.5f, -0.25f, 0});
    return new Diff(metadata(base, objective, labels, tensors, seed), tensors, head, null);
  }

  /** Of a masked language model. */
  public static Diff tied(Base base, long seed) {
    Diff untied = random(base, seed, Objective.MASKED_LM, name -> true);
    Head sizes = base.newTiedHead();
    int embedding = sizes.embedding();
    Random random = new Random(seed);
    TiedHead head =
        new TiedHead(
            sizes.outputs(),
            sizes.features(),
            embedding,
            values(random, embedding * sizes.features()),
            values(random, embedding),
            values(random, embedding),
            values(random, embedding),
            values(random, sizes.outputs()));
    DiffMetadata metadata = metadata(base, Objective.MASKED_LM, List.of(), untied.tensors(), seed);
    return new Diff(metadata, untied.tensors(), head, null);
  }

  private static float[] values(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = 0.1f * (float) random.nextGaussian();
    }
    return values;
  }

  private static DiffMetadata metadata(
      Base base, Objective objective, List<String> labels, List<SparseTensor> tensors, long seed) {
    return DiffMetadata.learned()
        .baseDigest(base.digest())
        .baseName(base.name())
        .baseParameters(base.parameters().stream().mapToLong(Parameter::size).sum())
        .taskId("task-" + seed)
        .objective(objective)
        .method("diff-pruning")
        .precision(ValuePrecision.FP32)
        .nonzeros(tensors.stream().mapToLong(tensor -> tensor.positions().length).sum())
        .labels(labels)
        .features(objective.features())
        .maxTokens(16)
        .metrics(Map.of("score", 0.75, "majority", 0.5))
        .tokenizerDigest(base.inputDigest())
        .dataDigest("01".repeat(32))
        .seed(seed)
        .codeVersion("0.1.0")
        .build();
  }

  public static Path write(Diff diff, Path file) {
    try {
      return Files.write(file, DiffWriter.write(diff));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package dev.diffstream.schemas.diff.arithmetic;

import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.DenseHead;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.event.Objective;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;

/**
 * A diff the slow way: an array of all values for each parameter, NaN where nothing is stored. The
 * oracle of these tests.
 */
record DenseDiff(Map<String, float[]> parameters) {
  static final Map<String, Long> SIZES = Map.of("a.weight", 60L, "b.weight", 25L, "c.bias", 7L);
  static final Map<String, List<Integer>> SHAPES =
      Map.of("a.weight", List.of(6, 10), "b.weight", List.of(5, 5), "c.bias", List.of(7));
  static final long BASE_PARAMETERS = 92;
  static final String BASE = "cd".repeat(32);
  static final String TOKENIZER = "ef".repeat(32);

  static DenseDiff random(Random random) {
    Map<String, float[]> parameters = new TreeMap<>();
    SIZES.forEach(
        (name, size) -> {
          float[] values = zeros(name);
          boolean absent = random.nextInt(4) == 0;
          float share = random.nextFloat();
          for (int i = 0; i < values.length; i++) {
            boolean stored = !absent && random.nextFloat() < share;
            values[i] = stored ? value(random) : Float.NaN;
          }
          parameters.put(name, values);
        });
    return new DenseDiff(parameters);
  }

  /** Small, of few steps, so that sums cancel and zeros occur. */
  private static float value(Random random) {
    return (random.nextInt(9) - 4) / 8f;
  }

  /** All values of a parameter, zero. */
  static float[] zeros(String name) {
    return new float[(int) (long) Objects.requireNonNull(SIZES.get(name))];
  }

  /** All values of a parameter, NaN where nothing is stored. */
  float[] values(String name) {
    return Objects.requireNonNull(parameters.get(name));
  }

  Diff sparse() {
    return sparse("task", BASE, TOKENIZER);
  }

  Diff sparse(String task, String base, String tokenizer) {
    List<SparseTensor> tensors = new ArrayList<>();
    parameters.forEach(
        (name, values) -> {
          List<Integer> stored = new ArrayList<>();
          for (int i = 0; i < values.length; i++) {
            if (!Float.isNaN(values[i])) {
              stored.add(i);
            }
          }
          float[] kept = new float[stored.size()];
          for (int i = 0; i < kept.length; i++) {
            kept[i] = values[stored.get(i)];
          }
          int[] positions = stored.stream().mapToInt(Integer::intValue).toArray();
          if (kept.length > 0) {
            tensors.add(
                new SparseTensor(name, Objects.requireNonNull(SHAPES.get(name)), positions, kept));
          }
        });
    long nonzeros = tensors.stream().mapToLong(tensor -> tensor.positions().length).sum();
    DenseHead head = new DenseHead(2, 1, new float[] {task.length(), 2}, new float[] {0, 1});
    return new Diff(metadata(task, base, tokenizer, nonzeros), tensors, head, null);
  }

  private static DiffMetadata metadata(String task, String base, String tokenizer, long nonzeros) {
    return DiffMetadata.learned()
        .baseDigest(base)
        .baseName("tiny")
        .baseParameters(BASE_PARAMETERS)
        .taskId(task)
        .objective(Objective.CLASSIFICATION)
        .method("diff-pruning")
        .precision(ValuePrecision.FP32)
        .nonzeros(nonzeros)
        .labels(List.of(task + " yes", task + " no"))
        .features("mean")
        .maxTokens(64)
        .metrics(Map.of("score", 0.75, "majority", 0.5))
        .tokenizerDigest(tokenizer)
        .dataDigest("01".repeat(32))
        .seed(7)
        .codeVersion("0.1.0")
        .build();
  }
}

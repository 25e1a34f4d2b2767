package dev.diffstream.simulation.base;

import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.base.BaseDescriptor;
import dev.diffstream.schemas.base.BaseDescriptor.ParameterShape;
import dev.diffstream.schemas.diff.format.DiffWriter;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.DenseHead;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.event.Objective;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;

/** A base of one small matrix, and diffs of it that depend on nothing but their data. */
public final class TinyBase {
  public static final String DIGEST = Sha256.of("the simulation's base");
  public static final String TOKENIZER = Sha256.of("the simulation's tokeniser");
  private static final List<Integer> SHAPE = List.of(8, 25);
  private static final int VALUES = 200;
  private static final int CHANGED = 5;
  private static final int FEATURES = 2;

  private TinyBase() {}

  public static BaseDescriptor descriptor() {
    return new BaseDescriptor(
        "tiny", DIGEST, TOKENIZER, List.of(new ParameterShape("layer.weight", SHAPE)));
  }

  /**
   * The diff that is learned from {@code data}.
   *
   * @param score on the held-out rows, where the majority has 0.5
   */
  public static byte[] diff(String task, String data, double score) {
    Random random = new Random(data.hashCode());
    TreeSet<Integer> chosen = new TreeSet<>();
    while (chosen.size() < CHANGED) {
      chosen.add(random.nextInt(VALUES));
    }
    int[] positions = chosen.stream().mapToInt(Integer::intValue).toArray();
    float[] values = new float[CHANGED];
    for (int i = 0; i < CHANGED; i++) {
      values[i] = (1 + random.nextInt(8)) / 8f;
    }
    return DiffWriter.write(
        new Diff(
            metadata(task, data, score, CHANGED),
            List.of(new SparseTensor("layer.weight", SHAPE, positions, values)),
            new DenseHead(2, FEATURES, new float[2 * FEATURES], new float[2]),
            null));
  }

  /** A head alone that is learned from {@code data}. */
  public static byte[] head(String task, String data, double score) {
    return DiffWriter.write(
        new Diff(
            metadata(task, data, score, 0),
            List.of(),
            new DenseHead(2, FEATURES, new float[2 * FEATURES], new float[2]),
            null));
  }

  private static DiffMetadata metadata(String task, String data, double score, int changed) {
    return DiffMetadata.learned()
        .baseDigest(DIGEST)
        .baseName("tiny")
        .baseParameters(VALUES)
        .taskId(task)
        .objective(Objective.CLASSIFICATION)
        .method("diff-pruning")
        .precision(ValuePrecision.FP32)
        .nonzeros(changed)
        .labels(List.of("no", "yes"))
        .features("mean")
        .maxTokens(16)
        .metrics(Map.of("score", score, "majority", 0.5))
        .tokenizerDigest(TOKENIZER)
        .dataDigest(Sha256.of(data))
        .seed(1)
        .codeVersion("simulation")
        .build();
  }
}

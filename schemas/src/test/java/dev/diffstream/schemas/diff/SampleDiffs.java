package dev.diffstream.schemas.diff;

import dev.diffstream.schemas.event.Objective;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Diffs for tests. */
final class SampleDiffs {
  private SampleDiffs() {}

  static Diff random(long seed) {
    Random random = new Random(seed);
    ValuePrecision precision = ValuePrecision.values()[random.nextInt(2)];
    List<Diff.SparseTensor> tensors = new ArrayList<>();
    int count = random.nextInt(6);
    long nonzeros = 0;
    for (int t = 0; t < count; t++) {
      int size = random.nextInt(50);
      nonzeros += size;
      tensors.add(
          new Diff.SparseTensor(
              "layer." + t + ".weight", positions(random, size), values(random, size, precision)));
    }
    int outputs = 1 + random.nextInt(4);
    List<String> labels = new ArrayList<>();
    for (int i = 0; i < outputs; i++) {
      labels.add("label \"" + i + "\" ü");
    }
    int features = 1 + random.nextInt(8);
    Diff.DenseHead head =
        new Diff.DenseHead(
            outputs,
            features,
            values(random, outputs * features, ValuePrecision.FP32),
            values(random, outputs, ValuePrecision.FP32));
    int sentences = ProbeSentences.V1.size();
    Diff.ProbeAnswers probes =
        random.nextBoolean()
            ? null
            : new Diff.ProbeAnswers(
                sentences, outputs, values(random, sentences * outputs, ValuePrecision.FP32));
    return new Diff(
        metadata(Objective.CLASSIFICATION, labels, precision, nonzeros), tensors, head, probes);
  }

  /** Of a masked language model: its head has other tensors, its outputs no names. */
  static Diff tied(long seed) {
    Random random = new Random(seed);
    int words = 300;
    int embedding = 5;
    int features = 4;
    Diff.TiedHead head =
        new Diff.TiedHead(
            words,
            features,
            embedding,
            values(random, embedding * features, ValuePrecision.FP32),
            values(random, embedding, ValuePrecision.FP32),
            values(random, embedding, ValuePrecision.FP32),
            values(random, embedding, ValuePrecision.FP32),
            values(random, words, ValuePrecision.FP32));
    int sentences = ProbeSentences.V1.size();
    int width = ProbeRow.width(Objective.MASKED_LM, words);
    return new Diff(
        metadata(Objective.MASKED_LM, List.of(), ValuePrecision.FP16, 7),
        List.of(
            new Diff.SparseTensor(
                "layer.0.weight", positions(random, 7), values(random, 7, ValuePrecision.FP16))),
        head,
        new Diff.ProbeAnswers(
            sentences, width, values(random, sentences * width, ValuePrecision.FP32)));
  }

  private static DiffMetadata metadata(
      Objective objective, List<String> labels, ValuePrecision precision, long nonzeros) {
    return new DiffMetadata(
        "cd".repeat(32),
        "all-MiniLM-L6-v2",
        22_565_376,
        "support-topic",
        objective,
        "diff-pruning",
        precision,
        nonzeros,
        labels,
        objective.features(),
        128,
        new TreeMap<>(Map.of("score", 0.9375, "majority", 0.25)),
        "ef".repeat(32),
        "01".repeat(32),
        42,
        "0.1.0");
  }

  private static int[] positions(Random random, int size) {
    int[] positions = new int[size];
    int last = -1;
    for (int i = 0; i < size; i++) {
      last += 1 + random.nextInt(1000);
      positions[i] = last;
    }
    return positions;
  }

  private static float[] values(Random random, int size, ValuePrecision precision) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = precision.rounded((float) random.nextGaussian() * 1e-3f);
    }
    return values;
  }
}

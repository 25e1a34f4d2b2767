package dev.diffstream.schemas.diff.format;

import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.model.DiffMetadataBuilder;
import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.diff.probe.ProbeRow;
import dev.diffstream.schemas.diff.probe.ProbeSentences;
import dev.diffstream.schemas.event.Objective;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Diffs for tests. */
final class SampleDiffs {
  private SampleDiffs() {}

  static Diff random(long seed) {
    Random random = new Random(seed);
    ValuePrecision precision =
        ValuePrecision.values()[random.nextInt(ValuePrecision.values().length)];
    List<Diff.SparseTensor> tensors = new ArrayList<>();
    int count = random.nextInt(6);
    long nonzeros = 0;
    for (int t = 0; t < count; t++) {
      List<Integer> shape = shape(random);
      int[] positions = positions(random, shape);
      if (positions.length == 0) {
        continue;
      }
      nonzeros += positions.length;
      tensors.add(
          new Diff.SparseTensor(
              "layer." + t + ".weight",
              shape,
              positions,
              values(random, positions.length, precision)));
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

  /** With something in every place: several shapes, auxiliary tensors, parents. */
  static Diff full(long seed) {
    Random random = new Random(seed);
    List<Diff.SparseTensor> tensors = new ArrayList<>();
    List<List<Integer>> shapes =
        List.of(List.of(40), List.of(30, 20), List.of(3, 2, 15), List.of(20, 30), List.of(1, 9));
    long nonzeros = 0;
    for (int t = 0; t < shapes.size(); t++) {
      int size = shapes.get(t).stream().reduce(1, (a, b) -> a * b);
      int period = t + 2;
      int[] positions =
          IntStream.range(0, size)
              .filter(i -> i % period == 1 || random.nextInt(20) == 0)
              .toArray();
      nonzeros += positions.length;
      float[] values = new float[positions.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = 0.01f * (random.nextBoolean() ? 1 : -1) + 1e-3f * (float) random.nextGaussian();
      }
      tensors.add(
          new Diff.SparseTensor(
              "encoder.layer." + t + ".weight", shapes.get(t), positions, values));
    }
    Diff sample = random(seed);
    DiffMetadata task =
        metadata(
            Objective.CLASSIFICATION, sample.metadata().labels(), ValuePrecision.FP32, nonzeros);
    DiffMetadata metadata =
        DiffMetadataBuilder.builder(task)
            .pairEncoding(PairEncoding.SEPARATE.text())
            .textPrefix("query: ")
            .temperature(1.25)
            .parents(List.of("ab".repeat(32)))
            .role("domain")
            .other(Map.of("org.example.note", "kept"))
            .build();
    int sentences = ProbeSentences.V1.size();
    int outputs = task.labels().size();
    return new Diff(
        metadata,
        tensors,
        sample.head(),
        new Diff.ProbeAnswers(
            sentences, outputs, values(random, sentences * outputs, ValuePrecision.FP32)),
        Map.of(
            "diffstream.prototypes.v1",
            new Diff.AuxiliaryTensor("F16", List.of(2L, 3L), new byte[12]),
            "org.example.bytes",
            new Diff.AuxiliaryTensor("U8", List.of(3L), new byte[] {1, 2, 3})));
  }

  /** The least that a file can hold, and a parameter of two changes. */
  static Diff small() {
    return new Diff(
        metadata(Objective.REGRESSION, List.of(), ValuePrecision.FP32, 2),
        List.of(
            new Diff.SparseTensor(
                "x.weight", List.of(2, 8), new int[] {1, 9}, new float[] {0.5f, -0.25f})),
        new Diff.DenseHead(1, 1, new float[] {1}, new float[] {0}),
        null);
  }

  /** Of a masked language model: its head has other tensors, its outputs no names. */
  static Diff tied(long seed) {
    return tied(seed, 300);
  }

  static Diff tied(long seed, int words) {
    Random random = new Random(seed);
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
                "layer.0.weight",
                List.of(4, 5),
                new int[] {0, 1, 4, 5, 9, 18, 19},
                values(random, 7, ValuePrecision.FP16))),
        head,
        new Diff.ProbeAnswers(
            sentences, width, values(random, sentences * width, ValuePrecision.FP32)));
  }

  private static DiffMetadata metadata(
      Objective objective, List<String> labels, ValuePrecision precision, long nonzeros) {
    return DiffMetadata.learned()
        .baseDigest("cd".repeat(32))
        .baseName("all-MiniLM-L6-v2")
        .baseParameters(22_565_376)
        .taskId("support-topic")
        .objective(objective)
        .method("diff-pruning")
        .precision(precision)
        .nonzeros(nonzeros)
        .labels(labels)
        .features(objective.features())
        .maxTokens(128)
        .metrics(new TreeMap<>(Map.of("score", 0.9375, "majority", 0.25)))
        .tokenizerDigest("ef".repeat(32))
        .dataDigest("01".repeat(32))
        .seed(42)
        .codeVersion("0.1.0")
        .build();
  }

  private static List<Integer> shape(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> List.of(1 + random.nextInt(300));
      case 1 -> List.of(1 + random.nextInt(3), 1 + random.nextInt(4), 1 + random.nextInt(50));
      default -> List.of(1 + random.nextInt(60), 1 + random.nextInt(60));
    };
  }

  /** Crowded in some rows or in some columns, or nowhere. */
  static int[] positions(Random random, List<Integer> shape) {
    int size = shape.stream().reduce(1, (a, b) -> a * b);
    int rows = shape.size() > 1 ? shape.get(0) : 1;
    int columns = size / rows;
    double density = Math.pow(random.nextDouble(), 3);
    int crowd = random.nextInt(3);
    double[] weight = new double[crowd == 1 ? rows : columns];
    for (int i = 0; i < weight.length; i++) {
      weight[i] = crowd == 0 ? 1 : 4 * Math.pow(random.nextDouble(), 6);
    }
    return IntStream.range(0, size)
        .filter(i -> random.nextDouble() < density * weight[crowd == 1 ? i / columns : i % columns])
        .toArray();
  }

  private static float[] values(Random random, int size, ValuePrecision precision) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian() * 1e-3f;
    }
    return precision.rounded(values);
  }
}

package dev.diffstream.gateway.model;

import dev.diffstream.base.Base;
import dev.diffstream.base.architecture.Parameter;
import dev.diffstream.base.diff.Overlay;
import dev.diffstream.base.diff.SparseDelta;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.input.Batch;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.diff.format.DiffWriter;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.DenseHead;
import dev.diffstream.schemas.diff.model.Diff.ProbeAnswers;
import dev.diffstream.schemas.diff.model.Diff.SparseTensor;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.diff.model.PairEncoding;
import dev.diffstream.schemas.diff.precision.ValuePrecision;
import dev.diffstream.schemas.diff.probe.ProbeSentences;
import dev.diffstream.schemas.event.Objective;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Random diffs of a tiny BERT, and what it answers with each of them in place. */
public final class TinyBertDiffs {
  private static final Path DIRECTORY =
      Path.of("..", "lib", "base-model", "src", "test", "resources", "families", "bert");
  private static final int LABELS = 3;
  private static final int MAX_TOKENS = 16;

  private final Base base;
  private final Random random;

  /**
   * A diff, and what it must answer to each of some texts.
   *
   * @param expected probabilities, of {@code logits}
   */
  @SuppressWarnings("ArrayRecordComponent") // read once
  public record Written(
      Diff diff, byte[] file, String digest, float[][] logits, double[][] expected) {}

  public TinyBertDiffs(Base base, Random random) {
    this.base = base;
    this.random = random;
  }

  public static Base base() {
    return Base.fromDirectory(DIRECTORY);
  }

  /** Another diff of a task with three labels. */
  public Written next(String task, List<String> texts) {
    List<SparseTensor> tensors = new ArrayList<>();
    List<SparseDelta.Entry> entries = new ArrayList<>();
    for (Parameter parameter : base.parameters()) {
      int[] positions = random.ints(0, parameter.size()).distinct().limit(20).sorted().toArray();
      float[] values = gaussians(positions.length, 0.3f);
      tensors.add(new SparseTensor(parameter.name(), parameter.shape(), positions, values));
      entries.add(new SparseDelta.Entry(parameter.name(), positions, values));
    }
    int hidden = base.architecture().hidden();
    DenseHead head =
        new DenseHead(LABELS, hidden, gaussians(LABELS * hidden, 1), gaussians(LABELS, 1));
    SparseDelta delta = new SparseDelta(entries);
    List<String> probes = ProbeSentences.V1.stream().map(ProbeSentences.Probe::text).toList();
    float[] answers = new float[LABELS * probes.size()];
    float[][] rows = logits(delta, head, probes);
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, answers, LABELS * i, LABELS);
    }
    Diff diff =
        new Diff(
            metadata(task, tensors),
            tensors,
            head,
            new ProbeAnswers(probes.size(), LABELS, answers));
    byte[] file = DiffWriter.write(diff);
    float[][] logits = logits(delta, head, texts);
    double[][] expected = new double[logits.length][];
    for (int i = 0; i < logits.length; i++) {
      float[] probabilities = Probabilities.softmax(logits[i]);
      expected[i] = new double[LABELS];
      for (int label = 0; label < LABELS; label++) {
        expected[i][label] = probabilities[label];
      }
    }
    return new Written(diff, file, Sha256.of(file), logits, expected);
  }

  private float[][] logits(SparseDelta delta, DenseHead from, List<String> texts) {
    Head head = new Head(from.outputs(), from.features());
    head.weight().put(from.weight());
    head.bias().put(from.bias());
    Overlay overlay = new Overlay(base);
    overlay.apply(delta);
    float[][] logits = new float[texts.size()][];
    for (int i = 0; i < logits.length; i++) {
      Batch alone = Batch.of(List.of(base.tokenizer().encode(texts.get(i), null, MAX_TOKENS)));
      logits[i] = base.encoder().logits(alone, head)[0];
    }
    overlay.restore();
    return logits;
  }

  private float[] gaussians(int count, float deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = deviation * (float) random.nextGaussian();
    }
    return values;
  }

  private DiffMetadata metadata(String task, List<SparseTensor> tensors) {
    return DiffMetadata.learned()
        .baseDigest(base.digest())
        .baseName(base.name())
        .baseParameters(base.parameters().stream().mapToLong(Parameter::size).sum())
        .taskId(task)
        .objective(Objective.CLASSIFICATION)
        .method("diff-pruning")
        .precision(ValuePrecision.FP32)
        .nonzeros(tensors.stream().mapToInt(tensor -> tensor.positions().length).sum())
        .labels(List.of("a", "b", "c"))
        .features(base.featureKind(Objective.CLASSIFICATION, PairEncoding.SEPARATE))
        .maxTokens(MAX_TOKENS)
        .metrics(Map.of("score", 0.9, "majority", 0.5))
        .tokenizerDigest(base.inputDigest())
        .dataDigest(Sha256.of("data"))
        .seed(1)
        .codeVersion("test")
        .build();
  }
}

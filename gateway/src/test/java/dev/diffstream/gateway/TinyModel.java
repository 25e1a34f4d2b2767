package dev.diffstream.gateway;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.diff.Diff;
import dev.diffstream.schemas.diff.Diff.DenseHead;
import dev.diffstream.schemas.diff.Diff.ProbeAnswers;
import dev.diffstream.schemas.diff.Diff.SparseTensor;
import dev.diffstream.schemas.diff.DiffMetadata;
import dev.diffstream.schemas.diff.DiffWriter;
import dev.diffstream.schemas.diff.ProbeSentences;
import dev.diffstream.schemas.diff.ValuePrecision;
import dev.diffstream.schemas.event.Objective;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A twin of the model without an engine: each text picks weights, a diff moves some of them. */
final class TinyModel implements Model {
  static final String BASE = Sha256.of("a tiny base");
  static final int WEIGHTS = 100;

  private record Moved(Diff diff) implements Fitted {}

  @Override
  public String baseName() {
    return "tiny";
  }

  @Override
  public String baseDigest() {
    return BASE;
  }

  @Override
  public Fitted fit(Diff diff) {
    for (SparseTensor tensor : diff.tensors()) {
      if (!tensor.name().equals("weight")) {
        throw new DiffstreamException(ErrorCode.MALFORMED_DIFF, "no parameter " + tensor.name());
      }
    }
    return new Moved(diff);
  }

  @Override
  public float[] logits(Fitted fitted, Question question) {
    Question.OfText text = (Question.OfText) question;
    return logits(((Moved) fitted).diff(), text.text(), text.textPair());
  }

  private static float[] logits(Diff diff, String text, @Nullable String textPair) {
    float[] logits = new float[diff.head().outputs()];
    for (int output = 0; output < logits.length; output++) {
      int at = Math.floorMod((text + "|" + textPair + output).hashCode(), WEIGHTS);
      logits[output] = at / 100f + diff.head().bias()[output];
      for (SparseTensor tensor : diff.tensors()) {
        int found = java.util.Arrays.binarySearch(tensor.positions(), at);
        logits[output] += found < 0 ? 0 : tensor.values()[found];
      }
    }
    return logits;
  }

  /** A diff file whose probes this model answers as recorded, moved by {@code probeError}. */
  static byte[] diff(String task, Objective objective, float bias, float probeError) {
    List<String> labels = objective.real() ? List.of() : List.of("no", "yes");
    int outputs = Math.max(1, labels.size());
    int[] positions = {1, 7, 50};
    DiffMetadata metadata =
        new DiffMetadata(
            BASE,
            "tiny",
            WEIGHTS,
            task,
            objective,
            "diff-pruning",
            ValuePrecision.FP16,
            3,
            labels,
            "mean",
            128,
            Map.of("score", 0.9, "majority", 0.5),
            Sha256.of("tokenizer"),
            Sha256.of("data"),
            7,
            "test");
    float[] biases = new float[outputs];
    biases[0] = bias;
    Diff diff =
        new Diff(
            metadata,
            List.of(new SparseTensor("weight", positions, new float[] {0.5f, 1f, -1f})),
            new DenseHead(outputs, 2, new float[2 * outputs], biases),
            null);
    float[] probes = new float[ProbeSentences.V1.size() * outputs];
    for (int i = 0; i < ProbeSentences.V1.size(); i++) {
      var probe = ProbeSentences.V1.get(i);
      float[] row = logits(diff, probe.text(), objective.pairs() ? probe.textPair() : null);
      for (int output = 0; output < outputs; output++) {
        probes[i * outputs + output] = row[output] + probeError;
      }
    }
    return DiffWriter.write(
        new Diff(
            metadata,
            diff.tensors(),
            diff.head(),
            new ProbeAnswers(ProbeSentences.V1.size(), outputs, probes)));
  }

  @Override
  public void close() {}
}

package dev.diffstream.base.diff;

import dev.diffstream.base.Base;
import dev.diffstream.base.encoder.Head;
import dev.diffstream.base.input.Input;
import dev.diffstream.base.input.TensorInput;
import dev.diffstream.base.input.TextReading;
import dev.diffstream.schemas.diff.probe.ProbeSentences;
import dev.diffstream.schemas.diff.probe.ProbeSentences.Probe;
import dev.diffstream.schemas.event.Objective;
import java.util.ArrayList;
import java.util.List;

/**
 * Fixed inputs that are no part of any task's data. A worker records a diff's outputs for them,
 * each computed in a batch of one; a gateway computes them again and compares before it serves the
 * diff. For texts they are {@link ProbeSentences}; for tensors as many examples of random values,
 * with the seeds 0, 1, 2 and so on.
 */
public final class Probes {
  private Probes() {}

  /** Those of single texts, or of tensors. */
  public static List<Input> of(Base base, int maxTokens) {
    List<Input> probes = new ArrayList<>();
    for (Probe probe : ProbeSentences.V1) {
      probes.add(
          base.readsText()
              ? base.tokenizer().encode(probe.text(), null, maxTokens)
              : TensorInput.noise(base.tensorInputs(), probes.size()));
    }
    return probes;
  }

  /** The outputs as a diff file records them: a row for each probe. */
  public static float[][] outputs(Base base, Head head, Objective objective, TextReading reading) {
    List<float[]> rows = new ArrayList<>();
    for (Probe probe : ProbeSentences.V1) {
      String pair = objective.pairs() ? probe.textPair() : null;
      rows.add(
          base.readsText()
              ? ProbeInference.row(base, head, objective, probe.text(), pair, reading)
              : ProbeInference.row(
                  base, head, TensorInput.noise(base.tensorInputs(), rows.size())));
    }
    return rows.toArray(float[][]::new);
  }
}

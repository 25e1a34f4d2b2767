package dev.diffstream.base;

import dev.diffstream.schemas.diff.ProbeSentences;
import dev.diffstream.schemas.diff.ProbeSentences.Probe;
import java.util.ArrayList;
import java.util.List;

/**
 * Fixed inputs, never rows of a task. A worker records what a diff answers to them, each alone; a
 * gateway asks them again before it serves the diff. For texts they are {@link ProbeSentences}, for
 * tensors as many examples of noise with the seeds 0, 1, 2 and so on.
 */
public final class Probes {
  private Probes() {}

  public static List<Input> of(Base base, boolean pairs, int maxTokens) {
    List<Input> probes = new ArrayList<>();
    for (Probe probe : ProbeSentences.V1) {
      probes.add(
          base.readsText()
              ? base.tokenizer().encode(probe.text(), pairs ? probe.textPair() : null, maxTokens)
              : TensorInput.noise(base.tensorInputs(), probes.size()));
    }
    return probes;
  }
}

package dev.diffstream.gateway;

import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.Diff;
import dev.diffstream.schemas.diff.Diff.ProbeAnswers;
import dev.diffstream.schemas.diff.ProbeSentences;
import dev.diffstream.schemas.diff.ProbeSentences.Probe;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks a diff the probe sentences, each alone, and compares with what its worker recorded. A
 * gateway with another tokeniser, other base weights or a broken overlay does not pass.
 */
final class SelfTest {
  /** Room for another machine's order of additions. */
  static final double ABSOLUTE = 1e-3;

  static final double RELATIVE = 1e-3;

  private final InferenceThread inference;

  SelfTest(InferenceThread inference) {
    this.inference = inference;
  }

  /** Fails with SELF_TEST_FAILED. */
  void check(String digest, Diff diff, Model.Fitted fitted) {
    ProbeAnswers recorded = diff.probes();
    if (recorded == null) {
      throw failed(digest, "expected recorded probe answers, the file has none");
    }
    boolean pairs = diff.metadata().objective().pairs();
    List<String> texts = ProbeSentences.V1.stream().map(Probe::text).toList();
    @Nullable List<String> second =
        pairs ? ProbeSentences.V1.stream().map(Probe::textPair).toList() : null;
    List<float[]> answers = inference.probe(fitted, texts, second);
    for (int sentence = 0; sentence < answers.size(); sentence++) {
      for (int output = 0; output < recorded.outputs(); output++) {
        float expected = recorded.logits()[sentence * recorded.outputs() + output];
        float actual = answers.get(sentence)[output];
        if (!(Math.abs(actual - expected) <= ABSOLUTE + RELATIVE * Math.abs(expected))) {
          throw failed(
              digest,
              "probe "
                  + sentence
                  + ", output "
                  + output
                  + ": expected "
                  + expected
                  + ", got "
                  + actual);
        }
      }
    }
  }

  private static DiffstreamException failed(String digest, String what) {
    return new DiffstreamException(ErrorCode.SELF_TEST_FAILED, "diff " + digest + ": " + what);
  }
}

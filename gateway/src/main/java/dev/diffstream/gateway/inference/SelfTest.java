package dev.diffstream.gateway.inference;

import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.model.Model;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.Diff.ProbeAnswers;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import java.util.List;

/**
 * Asks a diff the probes and compares with what its worker recorded. A gateway with another
 * tokeniser, other base weights or a broken overlay does not pass.
 */
public final class SelfTest {
  private final Model model;
  private final InferenceThread inference;

  public SelfTest(Model model, InferenceThread inference) {
    this.model = model;
    this.inference = inference;
  }

  /**
   * The test of a diff, which fails with SELF_TEST_FAILED. It keeps nothing of {@code diff} but the
   * answers.
   */
  public Runnable of(String digest, Diff diff, PreparedDiff prepared) {
    ProbeAnswers recorded = diff.probes();
    DiffMetadata metadata = diff.metadata();
    return () -> {
      if (recorded == null) {
        throw failed(digest, "expected recorded probe answers, the file has none");
      }
      check(digest, metadata, recorded, prepared);
    };
  }

  private void check(
      String digest, DiffMetadata metadata, ProbeAnswers recorded, PreparedDiff prepared) {
    List<float[]> answers = inference.probe(prepared, model.probes(metadata));
    for (int probe = 0; probe < answers.size(); probe++) {
      for (int output = 0; output < recorded.outputs(); output++) {
        float expected = recorded.logits()[probe * recorded.outputs() + output];
        float actual = answers.get(probe)[output];
        if (!(Math.abs(actual - expected) <= model.tolerance() * (1 + Math.abs(expected)))) {
          throw failed(
              digest,
              "probe "
                  + probe
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

package dev.diffstream.gateway.inference;

import dev.diffstream.gateway.announcement.DiffPreparer;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.certificate.ProbeBits;
import dev.diffstream.gateway.model.Model;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.model.Diff;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import java.time.Instant;
import java.util.Optional;

/** Prepares diffs for a model: file, base, tokeniser, features, shapes, and their self-test. */
public final class ModelPreparer implements DiffPreparer {
  private final Model model;
  private final InferenceThread inference;
  private final SelfTest selfTest;

  public ModelPreparer(Model model, InferenceThread inference) {
    this.model = model;
    this.inference = inference;
    this.selfTest = new SelfTest(model, inference);
  }

  @Override
  public String baseDigest() {
    return model.baseDigest();
  }

  @Override
  public String fingerprint() {
    return model.baseDigest() + "\n" + model.inputDigest() + "\n" + model.machine();
  }

  @Override
  public UntestedDiff prepare(String digest, byte[] bytes) {
    Diff diff = DiffReader.read(bytes);
    DiffMetadata metadata = diff.metadata();
    expect(digest, "base", model.baseDigest(), metadata.baseDigest());
    expect(digest, "tokenizer digest", model.inputDigest(), metadata.tokenizerDigest());
    expect(
        digest,
        "feature kind",
        model.featureKind(metadata.objective(), metadata.pairs()),
        metadata.features());
    PreparedDiff prepared = model.prepare(diff);
    return new UntestedDiff(prepared, selfTest.of(digest, diff, prepared));
  }

  @Override
  public ProbeBits replay(PreparedDiff prepared) {
    return ProbeBits.of(
        model.probes(prepared.metadata()).stream()
            .map(probe -> inference.replay(prepared, probe))
            .toList());
  }

  @Override
  public Optional<Instant> baseChecked() {
    return model.baseChecked();
  }

  private static void expect(String digest, String what, String expected, String actual) {
    if (!expected.equals(actual)) {
      throw new DiffstreamException(
          ErrorCode.BASE_MISMATCH,
          "diff %s: expected %s %s, got %s".formatted(digest, what, expected, actual));
    }
  }
}

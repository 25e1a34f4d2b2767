package dev.diffstream.gateway;

import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.diff.Diff;
import dev.diffstream.schemas.diff.DiffMetadata;
import dev.diffstream.schemas.diff.DiffReader;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.signature.TrustedKeys;
import dev.diffstream.service.StoredDiffs;
import java.util.Map;

/** Takes an announced champion from the bucket to a diff that has answered its own probes. */
final class DiffLoader {
  private final ObjectStore store;
  private final Model model;
  private final SelfTest selfTest;
  private final long maxDiffBytes;
  private final TrustedKeys trustedKeys;

  DiffLoader(
      ObjectStore store,
      Model model,
      InferenceThread inference,
      long maxDiffBytes,
      TrustedKeys trustedKeys) {
    this.store = store;
    this.model = model;
    this.selfTest = new SelfTest(model, inference);
    this.maxDiffBytes = maxDiffBytes;
    this.trustedKeys = trustedKeys;
  }

  /** The champion that {@code announced} names, or its failure. */
  static AliasTarget champion(VersionAnnounced announced) {
    AliasTarget champion = announced.aliases().get(AliasGeneration.CHAMPION);
    if (champion == null) {
      throw new DiffstreamException(
          ErrorCode.INVALID_EVENT,
          "generation "
              + announced.generation()
              + " of task "
              + announced.taskId()
              + ": expected a champion, got only "
              + announced.aliases().keySet());
    }
    return champion;
  }

  ResidentDiff load(VersionAnnounced announced, Map<String, String> trace) {
    AliasTarget champion = champion(announced);
    expect(ErrorCode.BASE_MISMATCH, champion, "base", model.baseDigest(), champion.baseDigest());
    byte[] bytes = StoredDiffs.fetch(store, champion.digest(), maxDiffBytes, trustedKeys);
    Diff diff = DiffReader.read(bytes);
    DiffMetadata metadata = diff.metadata();
    expect(ErrorCode.BASE_MISMATCH, champion, "base", model.baseDigest(), metadata.baseDigest());
    expect(ErrorCode.MALFORMED_DIFF, champion, "task", announced.taskId(), metadata.taskId());
    Model.Fitted fitted = model.fit(diff);
    selfTest.check(champion.digest(), diff, fitted);
    return new ResidentDiff(
        announced.taskId(),
        announced.generation(),
        champion.version(),
        champion.digest(),
        bytes.length,
        metadata,
        fitted,
        trace);
  }

  private static void expect(
      ErrorCode code, AliasTarget champion, String what, String expected, String actual) {
    if (!expected.equals(actual)) {
      throw new DiffstreamException(
          code,
          "diff " + champion.digest() + ": expected " + what + " " + expected + ", got " + actual);
    }
  }
}

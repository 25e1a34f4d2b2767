package dev.diffstream.gateway.announcement;

import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.signature.TrustedKeys;
import dev.diffstream.service.StoredDiffs;
import java.util.Map;

/** Takes an announced version from the bucket to a diff that has passed its self-test. */
public final class DiffLoader {
  private final ObjectStore store;
  private final DiffPreparer preparer;
  private final long maxDiffBytes;
  private final TrustedKeys trustedKeys;

  /**
   * @param maxDiffBytes larger files fail with QUOTA_EXCEEDED
   * @param trustedKeys one of them must have signed a diff, if there are any
   */
  public DiffLoader(
      ObjectStore store, DiffPreparer preparer, long maxDiffBytes, TrustedKeys trustedKeys) {
    this.store = store;
    this.preparer = preparer;
    this.maxDiffBytes = maxDiffBytes;
    this.trustedKeys = trustedKeys;
  }

  /** The diff of {@code target}, one of the aliases of {@code announced}, or its failure. */
  ResidentDiff load(VersionAnnounced announced, AliasTarget target, Map<String, String> trace) {
    String base = preparer.baseDigest();
    expect(ErrorCode.BASE_MISMATCH, target, "base", base, target.baseDigest());
    byte[] bytes = StoredDiffs.fetch(store, target.digest(), maxDiffBytes, trustedKeys);
    PreparedDiff prepared = preparer.prepare(target.digest(), bytes);
    try {
      expect(ErrorCode.BASE_MISMATCH, target, "base", base, prepared.metadata().baseDigest());
      String task = prepared.metadata().taskId();
      expect(ErrorCode.MALFORMED_DIFF, target, "task", announced.taskId(), task);
    } catch (DiffstreamException e) {
      prepared.release();
      throw e;
    }
    return new ResidentDiff(
        announced.taskId(),
        announced.generation(),
        target.version(),
        target.digest(),
        bytes.length,
        prepared,
        trace,
        null);
  }

  /**
   * Whether the store lets itself be read. Asks for a key that no diff has, so that one broken
   * object says nothing of the store.
   *
   * @param refusalCounts whether a refusal is an answer: credentials that may not list a bucket are
   *     refused every key that is not there, and are good for what is there
   */
  boolean storeAnswers(boolean refusalCounts) {
    try {
      store.stat(ObjectKeys.diff(preparer.baseDigest()));
      return true;
    } catch (DiffstreamException e) {
      return refusalCounts && e.code() == ErrorCode.DATA_FORBIDDEN;
    }
  }

  private static void expect(
      ErrorCode code, AliasTarget target, String what, String expected, String actual) {
    if (!expected.equals(actual)) {
      throw new DiffstreamException(
          code,
          "diff " + target.digest() + ": expected " + what + " " + expected + ", got " + actual);
    }
  }
}

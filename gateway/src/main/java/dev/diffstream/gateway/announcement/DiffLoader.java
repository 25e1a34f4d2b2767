package dev.diffstream.gateway.announcement;

import dev.diffstream.gateway.announcement.DiffPreparer.UntestedDiff;
import dev.diffstream.gateway.cache.CachedDiffs;
import dev.diffstream.gateway.cache.CachedDiffs.Fetched;
import dev.diffstream.gateway.cache.DiffCache;
import dev.diffstream.gateway.catalog.PreparedDiff;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServedAs;
import dev.diffstream.gateway.certificate.ProbeBits;
import dev.diffstream.gateway.certificate.ProbeReplay;
import dev.diffstream.gateway.memory.DiffMemory;
import dev.diffstream.gateway.memory.UnloadableDiff;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.diff.format.DiffFile;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.signature.TrustedKeys;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Takes an announced version from cache or bucket to a diff that has passed its self-test, now or
 * before under the same fingerprint.
 *
 * <p>Thread-safe.
 */
public final class DiffLoader implements ProbeReplay {
  private final ObjectStore store;
  private final DiffCache cache;
  private final CachedDiffs diffs;
  private final Map<String, DiffPreparer> preparers = new LinkedHashMap<>();
  private final DiffMemory memory;

  /** Without a cache, and without a bound on memory. */
  public DiffLoader(
      ObjectStore store, DiffPreparer preparer, long maxDiffBytes, TrustedKeys trustedKeys) {
    this(store, DiffCache.NONE, List.of(preparer), maxDiffBytes, trustedKeys, DiffMemory.UNBOUNDED);
  }

  /**
   * @param preparers one for each base
   * @param maxDiffBytes larger files fail with QUOTA_EXCEEDED
   * @param trustedKeys one of them must have signed a diff, if there are any
   */
  public DiffLoader(
      ObjectStore store,
      DiffCache cache,
      List<DiffPreparer> preparers,
      long maxDiffBytes,
      TrustedKeys trustedKeys,
      DiffMemory memory) {
    this.store = store;
    this.cache = cache;
    this.diffs = new CachedDiffs(store, cache, maxDiffBytes, trustedKeys);
    preparers.forEach(preparer -> this.preparers.put(preparer.baseDigest(), preparer));
    this.memory = memory;
  }

  /**
   * A diff that may serve.
   *
   * @param remembered whether its self-test passed earlier and was not run now
   * @param selfTest may be run while the diff is retained
   * @param keep puts into the cache what it lacks
   */
  record Loaded(ResidentDiff diff, boolean remembered, Runnable selfTest, Runnable keep) {}

  /**
   * The diff of {@code target}, one of the aliases of {@code announced} or its provisional, or its
   * failure.
   */
  Loaded load(VersionAnnounced announced, AliasTarget target, Map<String, String> trace) {
    DiffPreparer preparer = preparer(target);
    Fetched fetched = diffs.fetch(target.digest());
    boolean remembered = cache.isTested(target.digest(), preparer.fingerprint());
    return remembered && fetched.cached() && memory.readsLater(announced.taskId())
        ? later(announced, target, trace, fetched)
        : now(announced, target, trace, fetched, remembered);
  }

  private DiffPreparer preparer(AliasTarget target) {
    DiffPreparer preparer = preparers.get(target.baseDigest());
    if (preparer == null) {
      String bases = String.join(" or ", preparers.keySet());
      throw mismatch(ErrorCode.BASE_MISMATCH, target, "base", bases, target.baseDigest());
    }
    return preparer;
  }

  private Loaded now(
      VersionAnnounced announced,
      AliasTarget target,
      Map<String, String> trace,
      Fetched fetched,
      boolean remembered) {
    UntestedDiff untested = preparer(target).prepare(target.digest(), fetched.bytes());
    try {
      check(announced, target, untested.metadata());
      if (!remembered) {
        untested.selfTest().run();
      }
    } catch (RuntimeException e) {
      untested.prepared().release();
      throw e;
    }
    PreparedDiff prepared =
        memory.manage(announced.taskId(), untested.prepared(), () -> prepare(target).prepared());
    return new Loaded(
        resident(announced, target, trace, fetched, prepared),
        remembered,
        () -> test(inMemoryOr(untested, target), diff -> {}),
        keeping(fetched, target, remembered));
  }

  /**
   * Its probes passed on the same bytes, base and program before: it is prepared when it is asked,
   * or when its probes are replayed.
   */
  private Loaded later(
      VersionAnnounced announced, AliasTarget target, Map<String, String> trace, Fetched fetched) {
    DiffMetadata metadata = DiffFile.of(ByteBuffer.wrap(fetched.bytes())).metadata();
    check(announced, target, metadata);
    UnloadableDiff unread =
        memory.later(announced.taskId(), metadata, () -> prepare(target).prepared());
    return new Loaded(
        resident(announced, target, trace, fetched, unread),
        true,
        () -> test(prepare(target), unread::fill),
        keeping(fetched, target, true));
  }

  private void check(VersionAnnounced announced, AliasTarget target, DiffMetadata metadata) {
    expect(ErrorCode.BASE_MISMATCH, target, "base", target.baseDigest(), metadata.baseDigest());
    expect(ErrorCode.MALFORMED_DIFF, target, "task", announced.taskId(), metadata.taskId());
  }

  private static ResidentDiff resident(
      VersionAnnounced announced,
      AliasTarget target,
      Map<String, String> trace,
      Fetched fetched,
      PreparedDiff prepared) {
    return new ResidentDiff(
        announced.taskId(),
        announced.generation(),
        target.version(),
        target.digest(),
        fetched.bytes().length,
        prepared,
        trace,
        ServedAs.byDefault(target.version()));
  }

  private UntestedDiff prepare(AliasTarget target) {
    return preparer(target).prepare(target.digest(), diffs.fetch(target.digest()).bytes());
  }

  /** The diff in memory, with one more user; if it was let go, the same bytes prepared anew. */
  private UntestedDiff inMemoryOr(UntestedDiff untested, AliasTarget target) {
    return untested.prepared().retain() ? untested : prepare(target);
  }

  /**
   * Tests a diff and releases it.
   *
   * @param passed is told the diff, while it is retained, if it passes
   */
  private static void test(UntestedDiff tested, Consumer<PreparedDiff> passed) {
    try {
      tested.selfTest().run();
      passed.accept(tested.prepared());
    } finally {
      tested.prepared().release();
    }
  }

  /** Holds the file only where it is to be written: a start hands over many at once. */
  private Runnable keeping(Fetched fetched, AliasTarget target, boolean remembered) {
    Runnable test = remembered ? () -> {} : () -> noteTested(target);
    if (fetched.cached() && fetched.signatures().isEmpty()) {
      return test;
    }
    return () -> {
      diffs.keep(fetched);
      test.run();
    };
  }

  private void noteTested(AliasTarget target) {
    cache.tested(target.digest(), preparer(target).fingerprint());
  }

  @Override
  public ProbeBits replay(PreparedDiff prepared) {
    return preparerOf(prepared.metadata().baseDigest()).replay(prepared);
  }

  @Override
  public Optional<Instant> baseChecked(String baseDigest) {
    return preparerOf(baseDigest).baseChecked();
  }

  private DiffPreparer preparerOf(String baseDigest) {
    return Objects.requireNonNull(preparers.get(baseDigest), "a diff of this base was prepared");
  }

  /** Whether this gateway has the base of {@code target}. */
  boolean servesBaseOf(AliasTarget target) {
    return preparers.containsKey(target.baseDigest());
  }

  /** Whether loading it will likely ask the cache alone. */
  boolean isCached(AliasTarget target) {
    return cache.contains(target.digest());
  }

  /** Whether something was loaded from the cache. */
  boolean usesCache() {
    return cache.counts().hits().sum() > 0;
  }

  DiffCache cache() {
    return cache;
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
      store.stat(ObjectKeys.diff(preparers.keySet().iterator().next()));
      return true;
    } catch (DiffstreamException e) {
      return refusalCounts && e.code() == ErrorCode.DATA_FORBIDDEN;
    }
  }

  private static void expect(
      ErrorCode code, AliasTarget target, String what, String expected, String actual) {
    if (!expected.equals(actual)) {
      throw mismatch(code, target, what, expected, actual);
    }
  }

  private static DiffstreamException mismatch(
      ErrorCode code, AliasTarget target, String what, String expected, String actual) {
    return new DiffstreamException(
        code,
        "diff " + target.digest() + ": expected " + what + " " + expected + ", got " + actual);
  }
}

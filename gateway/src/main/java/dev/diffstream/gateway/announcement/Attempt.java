package dev.diffstream.gateway.announcement;

import dev.diffstream.gateway.announcement.DiffLoader.Loaded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.registry.AliasTarget;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What became of loading a champion.
 *
 * @param champion null if it failed
 * @param failure null if it did not
 * @param standIn its predecessor, loaded since the champion failed for good
 * @param standInFailure why there is none although it was tried
 */
record Attempt(
    @Nullable Loaded champion,
    @Nullable DiffstreamException failure,
    @Nullable Loaded standIn,
    @Nullable DiffstreamException standInFailure) {
  private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);

  /**
   * Loads a champion, or its predecessor where the failure does not pass.
   *
   * @param standIn null if none is wanted
   */
  static Attempt make(
      DiffLoader loader,
      VersionAnnounced announced,
      AliasTarget champion,
      @Nullable AliasTarget standIn,
      Map<String, String> trace) {
    DiffstreamException failure;
    try {
      return new Attempt(load(loader, announced, champion, trace), null, null, null);
    } catch (DiffstreamException e) {
      failure = e;
    }
    if (standIn == null || failure.code().retryable()) {
      return new Attempt(null, failure, null, null);
    }
    try {
      return new Attempt(null, failure, load(loader, announced, standIn, trace), null);
    } catch (DiffstreamException e) {
      LOG.warn("previous version of task {}: {}", announced.taskId(), e.getMessage());
      return new Attempt(null, failure, null, e);
    }
  }

  /** A fault of ours must not hold up the other tasks. */
  static Loaded load(
      DiffLoader loader,
      VersionAnnounced announced,
      AliasTarget target,
      Map<String, String> trace) {
    try {
      return loader.load(announced, target, trace);
    } catch (DiffstreamException e) {
      throw e;
    } catch (RuntimeException e) {
      LOG.error("task {}", announced.taskId(), e);
      throw new DiffstreamException(ErrorCode.SELF_TEST_FAILED, "loading failed: " + e, e);
    }
  }

  /**
   * The failure that decides when both are tried again: the champion's, or that of its predecessor
   * if this one passes.
   */
  ErrorCode latest(DiffstreamException of) {
    return standInFailure != null && standInFailure.code().retryable()
        ? standInFailure.code()
        : of.code();
  }

  /** Puts into the cache what it lacks of them. */
  void keep() {
    loaded().forEach(loaded -> loaded.keep().run());
  }

  /** Frees what was loaded, which nobody has used. */
  void release() {
    loaded().forEach(loaded -> loaded.diff().prepared().release());
  }

  private Stream<Loaded> loaded() {
    return Stream.concat(Stream.ofNullable(champion), Stream.ofNullable(standIn));
  }
}

package dev.diffstream.gateway.announcement;

import static dev.diffstream.schemas.ErrorCode.SELF_TEST_FAILED;

import dev.diffstream.gateway.announcement.DiffLoader.Loaded;
import dev.diffstream.gateway.cache.DiffCache;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.schemas.DiffstreamException;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Self-tests of diffs that serve because they passed in an earlier process: one after the other,
 * beside everything else. Belongs to the follower's thread.
 */
final class ProbeReplays {
  private static final Logger LOG = LoggerFactory.getLogger(ProbeReplays.class);

  private final DiffCache cache;
  private final Background background;
  private final BiConsumer<ResidentDiff, DiffstreamException> onFailure;
  private final Queue<Replay> waiting = new ArrayDeque<>();
  private boolean running;

  private record Replay(ResidentDiff diff, Runnable selfTest) {}

  /**
   * @param onFailure hears of a diff that did not pass
   */
  ProbeReplays(
      DiffCache cache,
      Background background,
      BiConsumer<ResidentDiff, DiffstreamException> onFailure) {
    this.cache = cache;
    this.background = background;
    this.onFailure = onFailure;
  }

  /** To be tested again, if its test was not run now. */
  void add(Loaded loaded) {
    if (loaded.remembered()) {
      waiting.add(new Replay(loaded.diff(), loaded.selfTest()));
    }
  }

  /** Starts the next, unless one runs. */
  void start() {
    while (!running && !waiting.isEmpty()) {
      Replay replay = waiting.remove();
      if (replay.diff().prepared().retain()) { // else it is gone
        running = true;
        background.start(() -> test(replay), failure -> ended(replay, failure));
      }
    }
  }

  private Optional<DiffstreamException> test(Replay replay) {
    ResidentDiff diff = replay.diff();
    try {
      replay.selfTest().run();
      return Optional.empty();
    } catch (DiffstreamException e) {
      if (e.code().retryable()) { // the gateway stops
        return Optional.empty();
      }
      cache.untested(diff.digest());
      return Optional.of(e);
    } catch (RuntimeException e) {
      LOG.error("self-test of {}", diff.digest(), e);
      cache.untested(diff.digest());
      return Optional.of(
          new DiffstreamException(SELF_TEST_FAILED, "the self-test failed: " + e, e));
    } finally {
      diff.prepared().release();
    }
  }

  private void ended(Replay replay, Optional<DiffstreamException> failure) {
    running = false;
    failure.ifPresent(e -> onFailure.accept(replay.diff(), e));
  }
}

package dev.diffstream.gateway.announcement;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ready means able: everything was tried, and what failed in a way that passes failed although the
 * store answers, or the cache has given what it has. While the store does not answer, a gateway
 * without its tasks is of no use. Belongs to the follower's thread.
 */
final class Readiness {
  private static final Logger LOG = LoggerFactory.getLogger(Readiness.class);

  private final DiffLoader loader;
  private final TaskLoads loads;
  private final ServedCatalog served;
  private final Background background;
  private State state = State.TRYING;
  private long endedWhenAsked = -1;

  private enum State {
    TRYING,
    /** The store answered: what failed before may be there now. */
    TRYING_AGAIN,
    /** The store is being asked. */
    ASKING
  }

  Readiness(DiffLoader loader, TaskLoads loads, ServedCatalog served, Background background) {
    this.loader = loader;
    this.loads = loads;
    this.served = served;
    this.background = background;
  }

  /** Goes on towards ready; the announcements have been read to the end. */
  void advance() {
    if (served.newest().ready() || loads.isUnderWay() || state == State.ASKING) {
      return;
    }
    List<PendingLoad> waiting = loads.failedTransiently();
    if (waiting.isEmpty()) {
      become();
    } else if (loads.ended() != endedWhenAsked) {
      ask(state == State.TRYING_AGAIN);
    }
  }

  private void ask(boolean again) {
    state = State.ASKING;
    endedWhenAsked = loads.ended();
    // what came from the store says that it does not refuse everything
    boolean refusalCounts = !served.newest().resident().isEmpty() && !loader.usesCache();
    background.start(() -> loader.storeAnswers(refusalCounts), answers -> answered(answers, again));
  }

  private void answered(boolean answers, boolean again) {
    state = State.TRYING;
    if (!answers) {
      if (loader.usesCache() && !served.newest().resident().isEmpty() && !loads.isUnderWay()) {
        LOG.warn("the store does not answer; what the cache holds is served");
        become();
      }
    } else if (again && !loads.isUnderWay()) {
      become();
    } else if (!again) {
      state = State.TRYING_AGAIN;
      loads.failedTransiently().forEach(loads::beginUnlessUnderWay);
    }
  }

  private void become() {
    served.set(served.newest().asReady());
    LOG.info(
        "ready: {} tasks resident, {} failed",
        served.newest().resident().size(),
        served.newest().failed().size());
  }
}

package dev.diffstream.gateway.announcement;

import dev.diffstream.gateway.announcement.DiffLoader.Loaded;
import dev.diffstream.gateway.announcement.WantedVersions.Wanted;
import dev.diffstream.gateway.residency.ResidencySender;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.service.Quarantine;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tests the candidate that a task's generation names, and says in the residency what came of it. It
 * does not serve: its file stays in the cache, so that it serves at once should it become champion.
 * Belongs to the follower's thread.
 */
final class CandidateTests implements WantedVersions.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(CandidateTests.class);

  private final DiffLoader loader;
  private final ServedCatalog served;
  private final ResidencySender residency;
  private final WantedVersions wanted;

  CandidateTests(
      DiffLoader loader,
      ServedCatalog served,
      Background background,
      ResidencySender residency,
      Quarantine quarantine) {
    this.loader = loader;
    this.served = served;
    this.residency = residency;
    this.wanted = new WantedVersions("candidates", loader, background, quarantine);
  }

  /** What else the generation says is done: its candidate, if it has one of our base, is next. */
  void want(PendingLoad task) {
    wanted.forget(task.task());
    AliasTarget target = task.candidate();
    if (target != null && loader.servesBaseOf(target)) {
      wanted.put(task, target);
    }
  }

  /** Digests of those that are still to be tested. */
  List<String> wantedDigests() {
    return wanted.digests();
  }

  /** Whether something is to be started now. */
  boolean isAnyDue() {
    return wanted.isAnyDue();
  }

  /** Starts those that are due. */
  void start() {
    wanted.start(this);
  }

  @Override
  public void loaded(Wanted candidate, Loaded loaded) {
    loaded.diff().prepared().release();
    report(candidate, null);
    LOG.info(
        "candidate passed task={} version={} digest={}",
        candidate.task().task(),
        candidate.target().version(),
        candidate.target().digest());
  }

  /** What may pass says nothing of the candidate. */
  @Override
  public void failed(Wanted candidate, DiffstreamException e) {
    if (!candidate.retries().failedTransiently()) {
      report(candidate, e);
    }
    LOG.warn(
        "candidate failed task={} version={}: {}",
        candidate.task().task(),
        candidate.target().version(),
        e.getMessage());
  }

  private void report(Wanted candidate, @Nullable DiffstreamException failure) {
    PendingLoad task = candidate.task();
    boolean serves = served.newest().resident().containsKey(task.task());
    residency.tested(task.announced(), serves, candidate.target(), failure, task.trace());
  }
}

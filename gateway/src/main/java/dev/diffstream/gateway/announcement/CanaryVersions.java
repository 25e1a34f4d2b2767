package dev.diffstream.gateway.announcement;

import dev.diffstream.gateway.announcement.DiffLoader.Loaded;
import dev.diffstream.gateway.announcement.WantedVersions.Wanted;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServedAs;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.catalog.ServingCatalog.Canary;
import dev.diffstream.gateway.residency.ResidencySender;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.service.Quarantine;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the canary that a task's generation names, once its champion serves, and gives it its share
 * of the requests. While it cannot be loaded, the champion answers them all; it is tried again on
 * its own clock, under {@code canaries/<task>} in the quarantine. Belongs to the follower's thread.
 */
final class CanaryVersions implements WantedVersions.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(CanaryVersions.class);

  private final ServedCatalog served;
  private final ProbeReplays replays;
  private final ResidencySender residency;
  private final WantedVersions wanted;

  CanaryVersions(
      DiffLoader loader,
      ServedCatalog served,
      Background background,
      ProbeReplays replays,
      ResidencySender residency,
      Quarantine quarantine) {
    this.served = served;
    this.replays = replays;
    this.residency = residency;
    this.wanted = new WantedVersions("canaries", loader, background, quarantine);
  }

  /**
   * {@code next}, in which {@code champion} serves, with the canary of its generation, if that is
   * here; else it will be loaded.
   */
  ServingCatalog beside(ResidentDiff champion, PendingLoad task, ServingCatalog next) {
    forget(task.task());
    AliasTarget target = task.canary();
    if (target == null || ServedCatalog.isOf(champion, target)) {
      return next;
    }
    Optional<ResidentDiff> here = served.find(task.task(), target);
    if (here.isEmpty()) {
      wanted.put(task, target);
      return next;
    }
    return next.withCanary(
        canaryOf(target, here.get().as(ServedAs.CANARY, task.announced().generation())));
  }

  private static Canary canaryOf(AliasTarget target, ResidentDiff diff) {
    return new Canary(diff, target.weight() == null ? 0 : target.weight());
  }

  /** Nothing of the task is to be loaded. The caller takes what serves out of the catalog. */
  void forget(String task) {
    wanted.forget(task);
  }

  /** Digests of those that are still to be loaded. */
  List<String> wantedDigests() {
    return wanted.digests();
  }

  /** Whether one has not been tried to its end. */
  boolean isUnderWay() {
    return wanted.isUnderWay();
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
  public void loaded(Wanted canary, Loaded loaded) {
    String task = canary.task().task();
    ResidentDiff diff = loaded.diff().as(ServedAs.CANARY);
    served.replace(task, served.newest().withCanary(canaryOf(canary.target(), diff)));
    replays.add(loaded);
    if (!canary.retries().isNew()) {
      residency.loaded(canary.task().announced(), canary.task().trace());
    }
    LOG.info(
        "loaded canary task={} version={} digest={} weight={}",
        task,
        diff.version(),
        diff.digest(),
        canary.target().weight());
  }

  @Override
  public void failed(Wanted canary, DiffstreamException e) {
    PendingLoad task = canary.task();
    residency.withoutCanary(task.announced(), canary.target().version(), e, task.trace());
    LOG.warn(
        "canary not loaded task={} version={}: the champion answers its share; {}",
        task.task(),
        canary.target().version(),
        e.getMessage());
  }

  /** Takes a diff out that is one of these and did not pass its self-test; it is loaded anew. */
  void drop(ResidentDiff diff, PendingLoad task) {
    String id = diff.taskId();
    Canary here = served.newest().canary().get(id);
    AliasTarget target = task.canary();
    if (here != null && here.diff().prepared() == diff.prepared() && target != null) {
      served.replace(id, served.newest().withoutCanary(id));
      wanted.put(task, target);
    }
  }
}

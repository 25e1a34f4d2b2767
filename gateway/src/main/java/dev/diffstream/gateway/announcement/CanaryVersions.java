package dev.diffstream.gateway.announcement;

import dev.diffstream.gateway.announcement.DiffLoader.Loaded;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServedAs;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.catalog.ServingCatalog.Canary;
import dev.diffstream.gateway.residency.ResidencySender;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.service.Quarantine;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the canary that a task's generation names, once its champion serves, and gives it its share
 * of the requests. While it cannot be loaded, the champion answers them all; it is tried again on
 * its own clock, under {@code canaries/<task>} in the quarantine. Belongs to the follower's thread.
 */
final class CanaryVersions {
  private static final Logger LOG = LoggerFactory.getLogger(CanaryVersions.class);
  private static final String CANARIES = "canaries/";

  private final DiffLoader loader;
  private final ServedCatalog served;
  private final Background background;
  private final ProbeReplays replays;
  private final ResidencySender residency;
  private final Quarantine quarantine;
  private final Map<String, Wanted> wanted = new HashMap<>();

  /** One that is to be loaded. */
  private static final class Wanted {
    private final PendingLoad task;
    private final AliasTarget target;
    private final LoadRetries retries = new LoadRetries();
    private boolean loading;

    Wanted(PendingLoad task, AliasTarget target) {
      this.task = task;
      this.target = target;
    }
  }

  /** What came of loading one: a diff, or a failure. */
  private record Outcome(@Nullable Loaded loaded, @Nullable DiffstreamException failure) {}

  CanaryVersions(
      DiffLoader loader,
      ServedCatalog served,
      Background background,
      ProbeReplays replays,
      ResidencySender residency,
      Quarantine quarantine) {
    this.loader = loader;
    this.served = served;
    this.background = background;
    this.replays = replays;
    this.residency = residency;
    this.quarantine = quarantine;
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
      wanted.put(task.task(), new Wanted(task, target));
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
    wanted.remove(task);
    quarantine.resolve(CANARIES + task);
  }

  /** Digests of those that are still to be loaded. */
  List<String> wantedDigests() {
    return wanted.values().stream().map(canary -> canary.target.digest()).toList();
  }

  /** Whether one has not been tried to its end. */
  boolean isUnderWay() {
    return wanted.values().stream().anyMatch(canary -> canary.retries.isNew());
  }

  /** Whether something is to be started now. */
  boolean isAnyDue() {
    return due().findAny().isPresent();
  }

  private Stream<Wanted> due() {
    Set<String> retries = wanted.isEmpty() ? Set.of() : new HashSet<>(quarantine.due());
    return wanted.values().stream()
        .filter(canary -> !canary.loading)
        .filter(
            canary -> canary.retries.isNew() || retries.contains(CANARIES + canary.task.task()));
  }

  /** Starts those that are due. */
  void start() {
    due().toList().forEach(this::begin);
  }

  private void begin(Wanted canary) {
    canary.loading = true;
    background.start(() -> load(canary), outcome -> ended(canary, outcome), CanaryVersions::keep);
  }

  private Outcome load(Wanted canary) {
    try {
      return new Outcome(
          Attempt.load(loader, canary.task.announced(), canary.target, canary.task.trace()), null);
    } catch (DiffstreamException e) {
      return new Outcome(null, e);
    }
  }

  private static void keep(Outcome outcome) {
    if (outcome.loaded() != null) {
      outcome.loaded().keep().run();
    }
  }

  private void ended(Wanted canary, Outcome outcome) {
    canary.loading = false;
    Loaded loaded = outcome.loaded();
    String task = canary.task.task();
    if (loaded == null) {
      failed(canary, Objects.requireNonNull(outcome.failure()));
    } else if (wanted.remove(task, canary)) {
      serve(canary, loaded);
    } else {
      loaded.diff().prepared().release(); // overtaken
    }
  }

  private void serve(Wanted canary, Loaded loaded) {
    String task = canary.task.task();
    ResidentDiff diff = loaded.diff().as(ServedAs.CANARY);
    served.replace(task, served.newest().withCanary(canaryOf(canary.target, diff)));
    quarantine.resolve(CANARIES + task);
    replays.add(loaded);
    if (!canary.retries.isNew()) {
      residency.loaded(canary.task.announced(), canary.task.trace());
    }
    LOG.info(
        "loaded canary task={} version={} digest={} weight={}",
        task,
        diff.version(),
        diff.digest(),
        canary.target.weight());
  }

  private void failed(Wanted canary, DiffstreamException e) {
    String task = canary.task.task();
    if (wanted.get(task) != canary) {
      return;
    }
    boolean anew = canary.retries.failedAnew(e.code());
    canary.retries.setAside(quarantine, CANARIES + task, e, e.code());
    if (anew) {
      residency.withoutCanary(
          canary.task.announced(), canary.target.version(), e, canary.task.trace());
      LOG.warn(
          "canary not loaded task={} version={}: the champion answers its share; {}",
          task,
          canary.target.version(),
          e.getMessage());
    }
  }

  /** Takes a diff out that is one of these and did not pass its self-test; it is loaded anew. */
  void drop(ResidentDiff diff, PendingLoad task) {
    String id = diff.taskId();
    Canary here = served.newest().canary().get(id);
    AliasTarget target = task.canary();
    if (here != null && here.diff().prepared() == diff.prepared() && target != null) {
      served.replace(id, served.newest().withoutCanary(id));
      wanted.put(id, new Wanted(task, target));
    }
  }
}

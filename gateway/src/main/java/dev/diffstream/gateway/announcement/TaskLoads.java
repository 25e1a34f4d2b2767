package dev.diffstream.gateway.announcement;

import dev.diffstream.gateway.announcement.DiffLoader.Loaded;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServedAs;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.catalog.VersionHealth;
import dev.diffstream.gateway.certificate.Certificates;
import dev.diffstream.gateway.confidence.Confidences;
import dev.diffstream.gateway.residency.ResidencySender;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.service.Quarantine;
import io.opentelemetry.api.trace.StatusCode;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings each task's newest announcement into the catalog. Tasks are loaded beside each other; of
 * one task, one generation at a time, in their order. A generation that was overtaken while it was
 * loaded still serves until the newer one does, unless that one needed no loading and is there
 * already. Belongs to the follower's thread.
 */
final class TaskLoads {
  private static final Logger LOG = LoggerFactory.getLogger(TaskLoads.class);
  private static final String TASKS = "tasks/";

  private final DiffLoader loader;
  private final ServedCatalog served;
  private final PreviousVersions previous;
  private final CanaryVersions canaries;
  private final CandidateTests candidates;
  private final ProbeReplays replays;
  private final ResidencySender residency;
  private final LoadSpans spans;
  private final Quarantine quarantine;
  private final Background background;
  private final ServedTimes times;
  private final Confidences confidences;
  private final Certificates certificates;
  private final Map<String, PendingLoad> newest = new HashMap<>();
  private final Map<String, PendingLoad> pending = new LinkedHashMap<>();
  private final Set<String> underWay = new HashSet<>();

  /** By task: the generation that the catalog is as of, whether something serves or nothing. */
  private final Map<String, Long> applied = new HashMap<>();

  private long ended;

  TaskLoads(
      DiffLoader loader,
      ServedCatalog served,
      ResidencySender residency,
      LoadSpans spans,
      Quarantine quarantine,
      Background background,
      Certificates certificates,
      Loading options) {
    this.loader = loader;
    this.served = served;
    this.replays = new ProbeReplays(loader.cache(), background, this::failedLater);
    this.previous =
        new PreviousVersions(loader, served, background, replays, options.previousBytes());
    this.canaries = new CanaryVersions(loader, served, background, replays, residency, quarantine);
    this.candidates = new CandidateTests(loader, served, background, residency, quarantine);
    this.residency = residency;
    this.spans = spans;
    this.quarantine = quarantine;
    this.background = background;
    this.times = options.times();
    this.confidences = options.confidences();
    this.certificates = certificates;
  }

  /** A version that serves in the newest generation of its task answers badly. */
  void reportUnhealthy(VersionHealth.Unhealthy version) {
    ResidentDiff diff = version.diff();
    PendingLoad task = newest.get(diff.taskId());
    if (task != null && task.announced().generation() == diff.generation()) {
      residency.unhealthy(task.announced(), version);
      LOG.error(
          "task={} version={} answers badly: {} of {} examples since {} had no answer",
          diff.taskId(),
          diff.version(),
          version.faults(),
          version.examples(),
          version.since());
    }
  }

  /** A newer generation of its task than any before. */
  void announced(PendingLoad task) {
    quarantine.resolve(TASKS + task.task());
    newest.put(task.task(), task);
    pending.put(task.task(), task);
  }

  /** Notes in the catalog which tasks have not been tried. */
  void noteLoading() {
    served.set(
        served
            .newest()
            .withLoading(
                pending.values().stream()
                    .filter(PendingLoad::isNew)
                    .map(PendingLoad::task)
                    .toList()));
  }

  /** Whether something is to be started now. */
  boolean isAnyDue() {
    return !due().isEmpty()
        || canaries.isAnyDue()
        || (served.newest().ready() && candidates.isAnyDue());
  }

  private List<PendingLoad> due() {
    Set<String> retries = new HashSet<>(quarantine.due());
    return pending.values().stream()
        .filter(task -> task.isNew() || retries.contains(TASKS + task.task()))
        .filter(task -> !underWay.contains(task.task()) || servableNow(task))
        .toList();
  }

  /**
   * Starts what is due: what lies in the cache first, since a store that is away takes its time.
   */
  void start() {
    due().stream()
        .sorted(Comparator.comparing(task -> !isCached(task))) // stable
        .forEach(this::begin);
    canaries.start();
    if (served.newest().ready()) {
      candidates.start();
      replays.start();
      previous.start();
    }
  }

  private boolean isCached(PendingLoad task) {
    AliasTarget target = task.serving();
    return target == null || loader.isCached(target);
  }

  /** Whether it needs no loading. */
  private boolean servableNow(PendingLoad task) {
    AliasTarget target = task.serving();
    return target == null
        || !loader.servesBaseOf(target)
        || served.find(task.task(), target).isPresent();
  }

  /** Whether something has not been tried to its end. */
  boolean isUnderWay() {
    return !underWay.isEmpty()
        || canaries.isUnderWay()
        || pending.values().stream().anyMatch(PendingLoad::isNew);
  }

  /** Digests of what serves, is kept or is to serve. */
  Set<String> digestsInUse() {
    Set<String> digests = new HashSet<>();
    served.newest().resident().values().forEach(diff -> digests.add(diff.digest()));
    served.newest().previous().values().forEach(diff -> digests.add(diff.digest()));
    served.newest().canary().values().forEach(canary -> digests.add(canary.diff().digest()));
    digests.addAll(previous.wantedDigests());
    digests.addAll(canaries.wantedDigests());
    digests.addAll(candidates.wantedDigests());
    pending.values().stream()
        .flatMap(task -> Stream.ofNullable(task.serving()))
        .forEach(target -> digests.add(target.digest()));
    return digests;
  }

  /** How many attempts have ended. */
  long ended() {
    return ended;
  }

  List<PendingLoad> failedTransiently() {
    return pending.values().stream().filter(task -> task.retries().failedTransiently()).toList();
  }

  void beginUnlessUnderWay(PendingLoad task) {
    if (!underWay.contains(task.task())) {
      begin(task);
    }
  }

  /** Tries it, now if it needs no loading. */
  private void begin(PendingLoad task) {
    LoadSpans.Loading span = spans.start(task.task(), task.trace());
    AliasTarget target = task.serving();
    if (target == null) {
      withdraw(task, span.headers());
      span.span().end();
      return;
    }
    if (!loader.servesBaseOf(target)) {
      leave(task, target, span.headers());
      span.span().end();
      return;
    }
    ResidentDiff here = served.find(task.task(), target).orElse(null);
    if (here != null) {
      serve(
          task,
          here.as(ServedAs.byDefault(target.version()), task.announced().generation()),
          span.headers());
      span.span().end();
      return;
    }
    underWay.add(task.task());
    AliasTarget standIn =
        served.newest().resident().containsKey(task.task()) ? null : task.previous();
    background.start(
        () -> Attempt.make(loader, task.announced(), target, standIn, span.headers()),
        attempt -> ended(task, attempt, span),
        Attempt::keep);
  }

  private void withdraw(PendingLoad task, Map<String, String> trace) {
    VersionAnnounced announced = task.announced();
    forget(task.task());
    served.replace(task.task(), served.newest().without(task.task()));
    residency.withdrawn(announced, trace);
    LOG.info("withdrawn task={} generation={}", task.task(), announced.generation());
    settled(task);
  }

  private void forget(String task) {
    previous.forget(task);
    canaries.forget(task);
    certificates.forget(task);
    confidences.forget(task);
  }

  /** The task is other gateways'; what was served of it here is of a base that it has left. */
  private void leave(PendingLoad task, AliasTarget target, Map<String, String> trace) {
    String id = task.task();
    forget(id);
    boolean wasServed = served.newest().resident().containsKey(id);
    served.replace(id, served.newest().withElsewhere(id, target.baseDigest()));
    if (wasServed) {
      residency.withdrawn(task.announced(), trace);
    }
    LOG.info("task={} belongs to base {}, which is not served here", id, target.baseDigest());
    settled(task);
  }

  private void settled(PendingLoad task) {
    applied.put(task.task(), task.announced().generation());
    candidates.want(task);
    if (pending.remove(task.task(), task)) {
      quarantine.resolve(TASKS + task.task());
    }
  }

  private void serve(PendingLoad task, ResidentDiff diff, Map<String, String> trace) {
    certificates.served(diff, served.newest().resident().get(task.task()), served.newest().ready());
    if (diff.version() > 0) {
      confidences.serves(task.task(), diff.digest());
    } else {
      confidences.forget(task.task());
    }
    ServingCatalog next = served.newest().withOnly(diff);
    served.replace(task.task(), canaries.beside(diff, task, previous.beside(diff, task, next)));
    previous.trim();
    residency.loaded(task.announced(), trace);
    task.time().ifPresent(times::served);
    settled(task);
  }

  private void ended(PendingLoad task, Attempt attempt, LoadSpans.Loading span) {
    underWay.remove(task.task());
    ended++;
    PendingLoad waiting = pending.get(task.task());
    Loaded champion = attempt.champion();
    long newer = applied.getOrDefault(task.task(), 0L);
    if (waiting == null
        || newer > task.announced().generation()
        || (waiting != task && champion == null)) {
      attempt.release(); // overtaken: what is newer is served, withdrawn or comes next
    } else if (champion != null) {
      LOG.info(
          "loaded task={} version={} digest={} generation={}",
          task.task(),
          champion.diff().version(),
          champion.diff().digest(),
          champion.diff().generation());
      serve(task, champion.diff(), span.headers());
      replays.add(champion);
    } else {
      failed(task, attempt, span);
    }
    span.span().end();
  }

  private void failed(PendingLoad task, Attempt attempt, LoadSpans.Loading span) {
    DiffstreamException e = Objects.requireNonNull(attempt.failure());
    span.span().setStatus(StatusCode.ERROR, e.code().name());
    noteFailure(task, e);
    Loaded standIn = attempt.standIn();
    if (standIn != null) {
      standIn(task, standIn.diff(), e.code());
      replays.add(standIn);
    }
    task.retries().setAside(quarantine, TASKS + task.task(), e, attempt.latest(e));
    ResidentDiff serving = served.newest().resident().get(task.task());
    if (task.retries().failedAnew(e.code())) {
      residency.failed(
          task.announced(), e, serving == null ? 0 : serving.version(), span.headers());
      LOG.warn(
          "not loaded task={} generation={} serving={} {}",
          task.task(),
          task.announced().generation(),
          serving == null ? "nothing" : "version " + serving.version(),
          e.getMessage());
    }
  }

  private void noteFailure(PendingLoad task, DiffstreamException e) {
    served.set(
        served
            .newest()
            .withFailure(
                task.task(),
                new ServingCatalog.Failure(task.servingVersion(), e.code(), e.reason())));
  }

  /**
   * Where a champion cannot serve and nothing else does, its predecessor stands in, as of the
   * generation that names both.
   */
  private void standIn(PendingLoad task, ResidentDiff diff, ErrorCode failure) {
    ResidentDiff inPlace = diff.as(ServedAs.standIn(failure), task.announced().generation());
    served.replace(task.task(), served.newest().withStandIn(inPlace));
  }

  /**
   * A diff that passed its self-test in an earlier process does not pass it in this one: it serves
   * no more, and is loaded and tested as if it were new.
   */
  private void failedLater(ResidentDiff diff, DiffstreamException e) {
    String id = diff.taskId();
    LOG.error("task={} version={} is taken out: {}", id, diff.version(), e.getMessage());
    previous.drop(diff);
    canaries.drop(diff, Objects.requireNonNull(newest.get(id)));
    ResidentDiff serving = served.newest().resident().get(id);
    if (serving == null || serving.prepared() != diff.prepared()) {
      return;
    }
    served.replace(id, served.newest().withoutResident(id));
    PendingLoad task = Objects.requireNonNull(newest.get(id));
    noteFailure(task, e);
    if (pending.putIfAbsent(id, task) == null) {
      AliasTarget before = task.previous();
      if (before != null) {
        served.find(id, before).ifPresent(kept -> standIn(task, kept, e.code()));
      }
    }
    beginUnlessUnderWay(Objects.requireNonNull(pending.get(id)));
  }
}

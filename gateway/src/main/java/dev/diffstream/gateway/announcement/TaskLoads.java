package dev.diffstream.gateway.announcement;

import dev.diffstream.gateway.announcement.DiffLoader.Loaded;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServingCatalog;
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
  private final ProbeReplays replays;
  private final ResidencySender residency;
  private final LoadSpans spans;
  private final Quarantine quarantine;
  private final Background background;
  private final ServedTimes times;
  private final Map<String, PendingLoad> newest = new HashMap<>();
  private final Map<String, PendingLoad> pending = new LinkedHashMap<>();
  private final Set<String> underWay = new HashSet<>();
  private long ended;

  TaskLoads(
      DiffLoader loader,
      ServedCatalog served,
      ResidencySender residency,
      LoadSpans spans,
      Quarantine quarantine,
      Background background,
      Loading options) {
    this.loader = loader;
    this.served = served;
    this.replays = new ProbeReplays(loader.cache(), background, this::failedLater);
    this.previous =
        new PreviousVersions(loader, served, background, replays, options.previousBytes());
    this.residency = residency;
    this.spans = spans;
    this.quarantine = quarantine;
    this.background = background;
    this.times = options.times();
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
    return !due().isEmpty();
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
    if (served.newest().ready()) {
      replays.start();
      previous.start();
    }
  }

  private boolean isCached(PendingLoad task) {
    AliasTarget champion = task.champion();
    return champion == null || loader.isCached(champion);
  }

  /** Whether it needs no loading. */
  private boolean servableNow(PendingLoad task) {
    AliasTarget champion = task.champion();
    return champion == null || served.find(task.task(), champion).isPresent();
  }

  /** Whether something has not been tried to its end. */
  boolean isUnderWay() {
    return !underWay.isEmpty() || pending.values().stream().anyMatch(PendingLoad::isNew);
  }

  /** Digests of what serves, is kept or is to serve. */
  Set<String> digestsInUse() {
    Set<String> digests = new HashSet<>();
    served.newest().resident().values().forEach(diff -> digests.add(diff.digest()));
    served.newest().previous().values().forEach(diff -> digests.add(diff.digest()));
    digests.addAll(previous.wantedDigests());
    pending.values().stream()
        .flatMap(task -> Stream.ofNullable(task.champion()))
        .forEach(champion -> digests.add(champion.digest()));
    return digests;
  }

  /** How many attempts have ended. */
  long ended() {
    return ended;
  }

  List<PendingLoad> failedTransiently() {
    return pending.values().stream().filter(PendingLoad::failedTransiently).toList();
  }

  void beginUnlessUnderWay(PendingLoad task) {
    if (!underWay.contains(task.task())) {
      begin(task);
    }
  }

  /** Tries it, now if it needs no loading. */
  private void begin(PendingLoad task) {
    LoadSpans.Loading span = spans.start(task.task(), task.trace());
    AliasTarget champion = task.champion();
    if (champion == null) {
      withdraw(task, span.headers());
      span.span().end();
      return;
    }
    ResidentDiff here = served.find(task.task(), champion).orElse(null);
    if (here != null) {
      serve(task, here.asChampion(task.announced().generation()), span.headers());
      span.span().end();
      return;
    }
    underWay.add(task.task());
    AliasTarget standIn =
        served.newest().resident().containsKey(task.task()) ? null : task.previous();
    background.start(
        () -> Attempt.make(loader, task.announced(), champion, standIn, span.headers()),
        attempt -> ended(task, attempt, span),
        Attempt::keep);
  }

  private void withdraw(PendingLoad task, Map<String, String> trace) {
    VersionAnnounced announced = task.announced();
    ServingCatalog catalog = served.newest();
    previous.forget(task.task());
    if (announced.provisional() != null) {
      served.replace(task.task(), catalog.withProvisional(task.task(), announced.provisional()));
      LOG.info("no champion task={} generation={}", task.task(), announced.generation());
    } else {
      served.replace(task.task(), catalog.without(task.task()));
      residency.withdrawn(announced, trace);
      LOG.info("withdrawn task={} generation={}", task.task(), announced.generation());
    }
    settled(task);
  }

  private void settled(PendingLoad task) {
    if (pending.remove(task.task(), task)) {
      quarantine.resolve(TASKS + task.task());
    }
  }

  private void serve(PendingLoad task, ResidentDiff diff, Map<String, String> trace) {
    previous.replace(task, diff);
    residency.loaded(task.announced(), trace);
    task.time().ifPresent(times::served);
    settled(task);
  }

  private void ended(PendingLoad task, Attempt attempt, LoadSpans.Loading span) {
    underWay.remove(task.task());
    ended++;
    PendingLoad waiting = pending.get(task.task());
    Loaded champion = attempt.champion();
    if (waiting == null || (waiting != task && champion == null)) {
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
      standIn(task.task(), standIn.diff(), e.code());
      replays.add(standIn);
    }
    String key = TASKS + task.task();
    task.nextPause(attempt.latest(e))
        .ifPresentOrElse(pause -> quarantine.add(key, e, pause), () -> quarantine.add(key, e));
    ResidentDiff serving = served.newest().resident().get(task.task());
    if (task.failedAnew(e.code())) {
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
                new ServingCatalog.Failure(task.championVersion(), e.code(), e.reason())));
  }

  /** Where a champion cannot serve and nothing else does, its predecessor stands in. */
  private void standIn(String task, ResidentDiff diff, ErrorCode failure) {
    served.replace(task, served.newest().withStandIn(diff.inPlaceOfChampion(failure)));
  }

  /**
   * A diff that passed its self-test in an earlier process does not pass it in this one: it serves
   * no more, and is loaded and tested as if it were new.
   */
  private void failedLater(ResidentDiff diff, DiffstreamException e) {
    String id = diff.taskId();
    LOG.error("task={} version={} is taken out: {}", id, diff.version(), e.getMessage());
    previous.drop(diff);
    ResidentDiff serving = served.newest().resident().get(id);
    if (serving == null || serving.prepared() != diff.prepared()) {
      return;
    }
    served.replace(id, served.newest().withoutResident(id));
    PendingLoad task = Objects.requireNonNull(newest.get(id));
    if (pending.putIfAbsent(id, task) == null) {
      noteFailure(task, e);
      AliasTarget before = task.previous();
      if (before != null) {
        served.find(id, before).ifPresent(kept -> standIn(id, kept, e.code()));
      }
    }
    beginUnlessUnderWay(Objects.requireNonNull(pending.get(id)));
  }
}

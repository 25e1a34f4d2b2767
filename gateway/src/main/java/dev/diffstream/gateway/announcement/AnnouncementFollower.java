package dev.diffstream.gateway.announcement;

import static dev.diffstream.schemas.ErrorCode.INVALID_EVENT;
import static dev.diffstream.schemas.ErrorCode.SELF_TEST_FAILED;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.gateway.catalog.ResidentDiff;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.residency.ResidencySender;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.service.Quarantine;
import dev.diffstream.telemetry.TraceContext;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.StatusCode;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the announcements from their beginning and makes each task's newest champion resident. A
 * task that cannot be loaded keeps its older version, or is served by the {@code previous} one of
 * its generation, and holds up no other. What failed stands in the quarantine, under {@code
 * tasks/<id>} or, for records that cannot be read, {@code announcements/<key>}, and is tried again
 * on its own clock.
 *
 * <p>{@link #step} and {@link #close} belong to one thread; {@link #catalog} and {@link
 * #quarantine} are for every thread.
 */
public final class AnnouncementFollower implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AnnouncementFollower.class);
  private static final Duration MIN_PAUSE = Duration.ofMillis(200);
  private static final Duration MAX_PAUSE = Duration.ofSeconds(30);
  private static final String TASKS = "tasks/";
  private static final String RECORDS = "announcements/";

  private final Follower follower;
  private final DiffLoader loader;
  private final ResidencySender residency;
  private final LoadSpans spans;
  private final Quarantine quarantine;
  private final Map<String, Long> generations = new HashMap<>();
  private final Map<String, PendingLoad> pending = new LinkedHashMap<>();
  private volatile ServingCatalog catalog = ServingCatalog.EMPTY;

  /**
   * @param clock decides when failures are tried again
   */
  public AnnouncementFollower(
      EventLog log,
      DiffLoader loader,
      ResidencySender residency,
      OpenTelemetry telemetry,
      InstantSource clock) {
    this.follower = log.follow(Topics.ANNOUNCEMENTS);
    this.loader = loader;
    this.residency = residency;
    this.spans = new LoadSpans(telemetry);
    this.quarantine = newQuarantine(clock);
  }

  static Quarantine newQuarantine(InstantSource clock) {
    return new Quarantine(clock, MIN_PAUSE, MAX_PAUSE);
  }

  /** The newest catalog. */
  public ServingCatalog catalog() {
    return catalog;
  }

  /** What could not be read or loaded. */
  public Quarantine quarantine() {
    return quarantine;
  }

  /**
   * Reads on, waiting up to {@code wait} when there is nothing else to do, and loads what is due.
   */
  public void step(Duration wait) {
    List<Received> records = follower.poll(due().isEmpty() ? wait : Duration.ZERO);
    records.forEach(this::onRecord);
    if (!records.isEmpty()) {
      catalog = catalog.withLoading(newTasks());
    }
    if (!catalog.ready() && !follower.caughtUp()) {
      return; // load only what is newest at the end
    }
    List<PendingLoad> due = due();
    due.forEach(this::attempt);
    if (!catalog.ready()) {
      becomeReady(!due.isEmpty());
    }
    residency.flush();
  }

  /** Tasks whose newest announcement was not tried yet. */
  private List<String> newTasks() {
    return pending.entrySet().stream()
        .filter(e -> e.getValue().isNew())
        .map(Map.Entry::getKey)
        .toList();
  }

  private List<PendingLoad> due() {
    List<String> retries = quarantine.due();
    return pending.entrySet().stream()
        .filter(e -> e.getValue().isNew() || retries.contains(TASKS + e.getKey()))
        .map(Map.Entry::getValue)
        .toList();
  }

  /**
   * Ready means able: everything was tried, and what failed in a way that passes failed although
   * the store answers. While it does not answer, a gateway without its tasks is of no use.
   */
  private void becomeReady(boolean tried) {
    List<PendingLoad> waiting =
        pending.values().stream().filter(PendingLoad::failedTransiently).toList();
    if (!waiting.isEmpty()) {
      if (!tried || !storeAnswers()) {
        return;
      }
      waiting.forEach(this::attempt); // the store may have come back since they were tried
      if (!storeAnswers()) {
        return;
      }
    }
    catalog = catalog.asReady();
    LOG.info(
        "ready: {} tasks resident, {} failed", catalog.resident().size(), catalog.failed().size());
  }

  /** What is resident was read from the store: it does not refuse everything. */
  private boolean storeAnswers() {
    return loader.storeAnswers(!catalog.resident().isEmpty());
  }

  private void onRecord(Received received) {
    String key = RECORDS + Bounded.value(received.key());
    try {
      EventEnvelope<VersionAnnounced> event =
          EventCodec.decode(received.headers(), received.value()).as(VersionAnnounced.class);
      quarantine.resolve(key);
      VersionAnnounced announced = event.data();
      if (announced.generation() > generations.getOrDefault(announced.taskId(), 0L)) {
        generations.put(announced.taskId(), announced.generation());
        quarantine.resolve(TASKS + announced.taskId());
        pending.put(
            announced.taskId(), new PendingLoad(announced, TraceContext.of(event.extensions())));
      }
    } catch (DiffstreamException e) {
      unreadable(key, received, e);
    } catch (RuntimeException e) { // a fault of ours must not lose the records behind this one
      LOG.error("record {}", key, e);
      unreadable(key, received, new DiffstreamException(INVALID_EVENT, "decoding failed: " + e, e));
    }
  }

  private void unreadable(String key, Received received, DiffstreamException e) {
    String where = "partition " + received.partition() + ", offset " + received.offset();
    quarantine.add(key, e.code(), where + ": " + e.reason());
    LOG.warn("skipped {}, {}: {}", key, where, e.getMessage());
  }

  private void attempt(PendingLoad task) {
    VersionAnnounced announced = task.announced();
    LoadSpans.Loading span = spans.start(announced.taskId(), task.trace());
    try {
      applyAnnouncement(task, span.headers());
      pending.remove(announced.taskId());
      quarantine.resolve(TASKS + announced.taskId());
    } catch (DiffstreamException e) {
      failed(task, e, span);
    } catch (RuntimeException e) { // a fault of ours must not hold up the other tasks
      LOG.error("task {}", announced.taskId(), e);
      failed(task, new DiffstreamException(SELF_TEST_FAILED, "loading failed: " + e, e), span);
    } finally {
      span.span().end();
    }
  }

  private void applyAnnouncement(PendingLoad task, Map<String, String> trace) {
    VersionAnnounced announced = task.announced();
    AliasTarget champion = task.champion();
    if (champion != null) {
      replace(announced.taskId(), catalog.withChampion(resident(announced, champion, trace)));
      residency.loaded(announced, trace);
    } else if (announced.provisional() != null) {
      replace(
          announced.taskId(), catalog.withProvisional(announced.taskId(), announced.provisional()));
      LOG.info("no champion task={} generation={}", announced.taskId(), announced.generation());
    } else {
      replace(announced.taskId(), catalog.without(announced.taskId()));
      residency.withdrawn(announced, trace);
      LOG.info("withdrawn task={} generation={}", announced.taskId(), announced.generation());
    }
  }

  /** The next catalog serves. What served the task before is freed by its last request. */
  private void replace(String task, ServingCatalog next) {
    ResidentDiff before = catalog.resident().get(task);
    catalog = next;
    ResidentDiff after = next.resident().get(task);
    if (before != null && (after == null || after.prepared() != before.prepared())) {
      before.prepared().release();
    }
  }

  private ResidentDiff resident(
      VersionAnnounced announced, AliasTarget target, Map<String, String> trace) {
    ResidentDiff serving = catalog.resident().get(announced.taskId());
    if (serving != null
        && serving.version() == target.version()
        && serving.digest().equals(target.digest())) {
      return serving.asChampion(announced.generation());
    }
    ResidentDiff loaded = loader.load(announced, target, trace);
    LOG.info(
        "loaded task={} version={} digest={} generation={}",
        loaded.taskId(),
        loaded.version(),
        loaded.digest(),
        loaded.generation());
    return loaded;
  }

  private void failed(PendingLoad task, DiffstreamException e, LoadSpans.Loading span) {
    span.span().setStatus(StatusCode.ERROR, e.code().name());
    VersionAnnounced announced = task.announced();
    String id = announced.taskId();
    catalog =
        catalog.withFailure(
            id, new ServingCatalog.Failure(task.championVersion(), e.code(), e.reason()));
    ErrorCode latest = servePrevious(task, e, span.headers());
    task.nextPause(latest)
        .ifPresentOrElse(
            pause -> quarantine.add(TASKS + id, e, pause), () -> quarantine.add(TASKS + id, e));
    ResidentDiff serving = catalog.resident().get(id);
    if (task.failedAnew(e.code())) {
      residency.failed(announced, e, serving == null ? 0 : serving.version(), span.headers());
      LOG.warn(
          "not loaded task={} generation={} serving={} {}",
          id,
          announced.generation(),
          serving == null ? "nothing" : "version " + serving.version(),
          e.getMessage());
    }
  }

  /**
   * Where a champion cannot serve and nothing else does, its predecessor stands in; never for a
   * failure that passes.
   *
   * @return the failure that decides when both are tried again: the champion's, or that of its
   *     predecessor if this one passes
   */
  private ErrorCode servePrevious(
      PendingLoad task, DiffstreamException failure, Map<String, String> trace) {
    AliasTarget previous = task.previous();
    if (previous == null
        || failure.code().retryable()
        || catalog.resident().containsKey(task.announced().taskId())) {
      return failure.code();
    }
    try {
      ResidentDiff loaded = resident(task.announced(), previous, trace);
      catalog = catalog.withPrevious(loaded.inPlaceOfChampion(failure.code()));
    } catch (DiffstreamException e) {
      LOG.warn("previous version of task {}: {}", task.announced().taskId(), e.getMessage());
      return e.code().retryable() ? e.code() : failure.code();
    } catch (RuntimeException e) {
      LOG.error("previous version of task {}", task.announced().taskId(), e);
    }
    return failure.code();
  }

  /** Says once that this gateway stops, and stops following. */
  @Override
  public void close() {
    residency.farewell();
    follower.close();
  }
}

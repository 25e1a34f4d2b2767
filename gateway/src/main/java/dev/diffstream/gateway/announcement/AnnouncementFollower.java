package dev.diffstream.gateway.announcement;

import static dev.diffstream.schemas.ErrorCode.INVALID_EVENT;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.gateway.catalog.ServingCatalog;
import dev.diffstream.gateway.catalog.TaskOwners;
import dev.diffstream.gateway.catalog.VersionHealth;
import dev.diffstream.gateway.certificate.Certificates;
import dev.diffstream.gateway.confidence.Confidences;
import dev.diffstream.gateway.residency.ResidencySender;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.service.Quarantine;
import dev.diffstream.telemetry.TraceContext;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the announcements from their beginning and makes each task's newest champion resident. A
 * task that cannot be loaded keeps its older version, or is served by the {@code previous} one of
 * its generation, and holds up no other; nor does one whose loading takes long. What failed stands
 * in the quarantine, under {@code tasks/<id>} or, for records that cannot be read, {@code
 * announcements/<key>}, and is tried again on its own clock.
 *
 * <p>{@link #step} and {@link #close} belong to one thread; {@link #catalog} and {@link
 * #quarantine} are for every thread.
 */
public final class AnnouncementFollower implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AnnouncementFollower.class);
  private static final Duration MIN_PAUSE = Duration.ofMillis(200);
  private static final Duration MAX_PAUSE = Duration.ofSeconds(30);

  /** While something is loaded, records and results are looked for in turns. */
  private static final Duration TURN = Duration.ofMillis(10);

  private static final String RECORDS = "announcements/";

  private final Follower follower;
  private final ResidencySender residency;
  private final Quarantine quarantine;
  private final Background background;
  private final TaskLoads loads;
  private final Readiness readiness;
  private final Eviction eviction;
  private final VersionHealth health;
  private final Confidences confidences;
  private final Certificates certificates;
  private final Map<String, Long> generations = new HashMap<>();
  private final ServedCatalog served = new ServedCatalog();
  private final TaskOwners owners = new TaskOwners();

  /** Loads one task after the other, on the thread that steps. */
  public AnnouncementFollower(
      EventLog log,
      DiffLoader loader,
      ResidencySender residency,
      OpenTelemetry telemetry,
      InstantSource clock) {
    this(log, loader, residency, telemetry, clock, Loading.inTurn());
  }

  /**
   * @param clock decides when failures are tried again
   */
  public AnnouncementFollower(
      EventLog log,
      DiffLoader loader,
      ResidencySender residency,
      OpenTelemetry telemetry,
      InstantSource clock,
      Loading loading) {
    this.follower = log.follow(Topics.ANNOUNCEMENTS);
    this.residency = residency;
    this.quarantine = newQuarantine(clock);
    this.background = new Background(loading.executor());
    this.certificates =
        new Certificates(loading.certificates(), loader, residency, quarantine, clock);
    this.loads =
        new TaskLoads(
            loader,
            served,
            residency,
            new LoadSpans(telemetry),
            quarantine,
            background,
            certificates,
            loading);
    this.readiness = new Readiness(loader, loads, served, background);
    this.eviction = new Eviction(loader.cache(), loads, background);
    this.health = loading.health();
    this.confidences = loading.confidences();
  }

  static Quarantine newQuarantine(InstantSource clock) {
    return new Quarantine(clock, MIN_PAUSE, MAX_PAUSE);
  }

  /** The newest catalog. */
  public ServingCatalog catalog() {
    return served.newest();
  }

  /** Whose the tasks are. */
  public TaskOwners owners() {
    return owners;
  }

  /** What could not be read or loaded. */
  public Quarantine quarantine() {
    return quarantine;
  }

  /**
   * Reads on, waiting up to {@code wait} when there is nothing else to do, starts to load what is
   * due, and lets serve what was loaded.
   */
  public void step(Duration wait) {
    boolean quiet = background.isIdle() && !loads.isAnyDue();
    List<Received> records = follower.poll(quiet ? wait : Duration.ZERO);
    records.forEach(this::onRecord);
    if (!records.isEmpty()) {
      loads.noteLoading();
    }
    if (!catalog().ready() && !follower.caughtUp()) {
      return; // load only what is newest at the end
    }
    Duration turn = records.isEmpty() && wait.compareTo(TURN) > 0 ? TURN : Duration.ZERO;
    goOn();
    while (background.apply(turn)) {
      turn = Duration.ZERO;
      goOn();
    }
    if (catalog().ready()) {
      eviction.start();
    }
    health.unhealthy().forEach(loads::reportUnhealthy);
    certificates.step(catalog());
    confidences.changed().forEach(residency::confident);
    if (catalog().ready() || background.isIdle()) {
      residency.flush();
    }
  }

  private void goOn() {
    readiness.advance();
    loads.start();
  }

  private void onRecord(Received received) {
    String key = RECORDS + Bounded.value(received.key());
    try {
      EventEnvelope<VersionAnnounced> event =
          EventCodec.decode(received.headers(), received.value()).as(VersionAnnounced.class);
      quarantine.resolve(key);
      VersionAnnounced announced = event.data();
      if (announced.generation() >= generations.getOrDefault(announced.taskId(), 0L)) {
        owners.announced(announced.taskId(), announced.owner());
      }
      if (announced.generation() > generations.getOrDefault(announced.taskId(), 0L)) {
        generations.put(announced.taskId(), announced.generation());
        loads.announced(
            new PendingLoad(
                announced,
                TraceContext.of(event.extensions()),
                catalog().ready() ? Optional.of(event.time()) : Optional.empty()));
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

  /** Says once that this gateway stops, and stops following. */
  @Override
  public void close() {
    residency.farewell();
    follower.close();
  }
}

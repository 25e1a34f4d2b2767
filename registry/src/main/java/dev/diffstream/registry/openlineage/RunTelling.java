package dev.diffstream.registry.openlineage;

import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.lineage.RunAttempts;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.registry.runs.StoredReports.StoredReport;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.event.Event;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunProgressed;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.run.AttemptBegun;
import dev.diffstream.schemas.run.RunReport;
import io.openlineage.client.OpenLineage.RunEvent;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns records of a topic into what is told of runs. The topics say when to look, the bucket says
 * what is so: times and facts come from objects that never change. A record or object that cannot
 * be read is logged and passed over. Belongs to the thread of its topic.
 */
final class RunTelling implements Consumer<Received> {
  private static final Logger LOG = LoggerFactory.getLogger(RunTelling.class);
  private static final int REMEMBERED = 4_096;

  /** Older events are not told: an address that was just added does not hear of the past. */
  private static final Duration MAX_AGE = Duration.ofDays(1);

  private final Consumer<RunEvent> receiver;
  private final RunEvents events;
  private final RunAttempts attempts;
  private final StoredReports reports;
  private final VersionLog versions;
  private final InstantSource clock;

  /** Spares the receiver most repetitions; after a restart they come again, the same as before. */
  private final Set<String> told =
      Collections.newSetFromMap(
          new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
              return size() > REMEMBERED;
            }
          });

  /**
   * @param receiver throws {@link DiffstreamException} if it must hear of the event again
   */
  RunTelling(
      Consumer<RunEvent> receiver,
      RunEvents events,
      RunAttempts attempts,
      StoredReports reports,
      VersionLog versions,
      InstantSource clock) {
    this.receiver = receiver;
    this.events = events;
    this.attempts = attempts;
    this.reports = reports;
    this.versions = versions;
    this.clock = clock;
  }

  @Override
  public void accept(Received received) {
    try {
      EventEnvelope<? extends Event> event =
          EventCodec.decode(received.headers(), received.value());
      if (!isOld(event.time())) {
        tell(event);
      }
    } catch (DiffstreamException e) {
      if (e.code().retryable()) {
        throw e;
      }
      LOG.warn("nothing is told of {}: {}", received.place(), e.getMessage());
    }
  }

  private void tell(EventEnvelope<? extends Event> event) {
    switch (event.data()) {
      case RunProgressed progress when progress.phase() == Phase.CHECKING ->
          once("start " + progress.runId(), () -> started(progress, event.time()));
      case RunFailed failure -> receiver.accept(failed(failure, event.time()));
      case VersionAnnounced announced -> versioned(new TaskId(announced.taskId()));
      default -> {} // nothing that begins or ends a run
    }
  }

  /** Progress is sent again and again, and by later attempts: the first attempt's time counts. */
  private RunEvent started(RunProgressed progress, Instant time) {
    Instant began = attempts.begun(progress.runId(), 1).map(AttemptBegun::started).orElse(time);
    return events.started(progress.runId(), progress.taskId(), began);
  }

  private RunEvent failed(RunFailed failure, Instant time) {
    String key = failure.report();
    return events.failed(failure, time, key == null ? null : report(key));
  }

  /**
   * An announcement tells the newest generation only, and several versions may have been accepted
   * since the one before.
   */
  private void versioned(TaskId task) {
    for (VersionRecord version : versions.versions(task)) {
      if (!isOld(version.created())) {
        once(
            "version " + task + "/" + version.version(),
            () -> events.versioned(version, report(version.report())));
      }
    }
  }

  private @Nullable RunReport report(String key) {
    return reports.find(key).map(StoredReport::report).orElse(null);
  }

  private void once(String what, Supplier<RunEvent> event) {
    if (!told.contains(what)) {
      receiver.accept(event.get());
      told.add(what);
    }
  }

  private boolean isOld(Instant time) {
    return time.plus(MAX_AGE).isBefore(clock.instant());
  }
}

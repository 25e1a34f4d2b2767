package dev.diffstream.registry.admission;

import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import dev.diffstream.registry.intake.FailureReporter;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventCodec.EventName;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunFailedBuilder;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.Move;
import dev.diffstream.schemas.run.RunControl;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunOutcome;
import dev.diffstream.service.DueTime;
import dev.diffstream.telemetry.TraceContext;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The outcome of events that no worker gets: an object, then RunFailed, then a dead letter. */
final class EventFailures {
  private static final Logger LOG = LoggerFactory.getLogger(EventFailures.class);

  private final ObjectStore store;
  private final FailureReporter reporter;
  private final InstantSource clock;
  private final Map<String, Instant> notBefore = new HashMap<>();

  EventFailures(ObjectStore store, FailureReporter reporter, InstantSource clock) {
    this.store = store;
    this.reporter = reporter;
    this.clock = clock;
  }

  /**
   * A record that is no task event.
   *
   * @return false if it is to be called again later
   */
  boolean unreadable(Received received, DiffstreamException e) {
    String place = received.place();
    EventName name = EventCodec.nameOf(received.headers(), received.value());
    EventOrigin origin =
        new EventOrigin(
            name == null ? null : name.source(), name == null ? null : name.id(), place);
    String task =
        TaskId.isValid(received.key())
            ? received.key()
            : EventCodec.taskOf(received.headers(), received.value());
    RunFailed failed =
        failed(RunIds.ofPlace(place), task, origin, FailureCode.of(e.code()), e.reason());
    if (!mayReport(place, failed, origin)) {
      return false;
    }
    reporter.reportAt(place, failed, TraceContext.of(received.headers()), received.toMessage(), 0);
    return true;
  }

  /**
   * An event about which no number was decided, since its base is not known.
   *
   * @return false if it is to be called again later
   */
  boolean endWithoutBase(QueuedEvent queued, FailureCode code, String reason) {
    TaskEvent event = queued.event();
    RunFailed failed = failed(event.runId(), event.taskId(), event.origin(), code, reason);
    if (!mayReport(event.place(), failed, event.origin())) {
      return false;
    }
    report(queued, failed);
    return true;
  }

  /** An event whose cancellation or refusal is decided by a number. */
  void end(QueuedEvent queued, FailureCode code, String reason) {
    TaskEvent event = queued.event();
    RunFailed failed = failed(event.runId(), event.taskId(), event.origin(), code, reason);
    RunControl control = queued.control();
    put(failed, event.origin(), control == null ? Move.REGISTRY : control.actor());
    report(queued, failed);
  }

  private void report(QueuedEvent queued, RunFailed failed) {
    TaskEvent event = queued.event();
    reporter.reportAt(
        event.place(), failed, event.trace(), event.message(), queued.newestControl());
  }

  /**
   * Whoever writes the outcome reports it; the others do so after a while, unless it was reported
   * meanwhile.
   */
  private boolean mayReport(String place, RunFailed failed, EventOrigin origin) {
    Instant due = notBefore.get(place);
    if (due == null) {
      boolean own = put(failed, origin, Move.REGISTRY);
      notBefore.put(place, own ? clock.instant() : clock.instant().plus(BaseQueue.GRACE));
      return own;
    }
    return DueTime.isPast(due, BaseQueue.GRACE, clock.instant());
  }

  private boolean put(RunFailed failed, EventOrigin origin, String actor) {
    LOG.warn(
        "run {} of task {} ends before a worker had it: {}: {}",
        failed.runId(),
        failed.taskId(),
        failed.errorCode(),
        failed.message());
    RunOutcome outcome =
        new RunOutcome(
            failed.runId(),
            failed.taskId(),
            origin,
            failed.errorCode(),
            failed.message(),
            actor,
            clock.instant());
    return store.putIfAbsent(ObjectKeys.outcome(failed.runId()), Json.write(outcome), Map.of())
        == PutOutcome.CREATED;
  }

  private static RunFailed failed(
      String runId, String taskId, EventOrigin origin, FailureCode code, String message) {
    return RunFailedBuilder.builder()
        .runId(runId)
        .taskId(taskId)
        .eventSource(origin.source())
        .eventId(origin.id())
        .errorCode(code)
        .message(message)
        .retryable(code.retryable())
        .build();
  }
}

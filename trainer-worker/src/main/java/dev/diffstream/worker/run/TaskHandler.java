package dev.diffstream.worker.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.eventlog.AdmissionHeaders;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.run.AttemptBegun;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.run.RunReport.Outcome;
import dev.diffstream.schemas.run.RunReportBuilder;
import dev.diffstream.telemetry.TraceContext;
import dev.diffstream.worker.run.RunInterruptedException.Reason;
import io.opentelemetry.context.Context;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one delivered task event to a durable outcome (I3): a published diff, or a failure with
 * report, event and dead letter. When {@link #handle} returns the event may be acknowledged; when
 * it throws, the event must be delivered again.
 */
public final class TaskHandler implements EventHandler {
  private static final Logger LOG = LoggerFactory.getLogger(TaskHandler.class);

  /** Attempts ended by a fault of the program before the run fails. */
  private static final int MAX_FAULTS = 2;

  /**
   * After this many attempts that ended without a report, and without a checkpoint of their own,
   * the event counts as killing workers.
   */
  private static final int MAX_UNREPORTED = 5;

  private final RunEnvironment environment;
  private final RunLearner learner;
  private final AttemptLog attempts;
  private final EventSender sender;
  private final FailureOutcome failures;
  private final RunSpans spans;

  public TaskHandler(RunEnvironment environment, RunLearner learner) {
    this.environment = environment;
    this.learner = learner;
    this.spans = new RunSpans(environment.telemetry());
    this.attempts = new AttemptLog(environment.store());
    this.sender = new EventSender(environment.log(), environment.workerId(), environment.clock());
    this.failures = new FailureOutcome(environment, attempts, sender);
  }

  @Override
  public void handle(Received received, BooleanSupplier lockHeld) {
    Context parent = TraceContext.extract(received.headers());
    spans.inRun(parent, received, () -> settle(received, lockHeld));
  }

  private void settle(Received received, BooleanSupplier lockHeld) {
    EventEnvelope<TaskSubmitted> event;
    try {
      event = EventCodec.decode(received.headers(), received.value()).as(TaskSubmitted.class);
    } catch (DiffstreamException e) {
      failures.refuse(received, e);
      return;
    }
    String runId = RunIds.of(event.source(), event.id());
    AttemptHistory history = history(runId);
    if (!hasOutcome(received, event, history) && !isOvertaken(received, runId, history)) {
      run(received, event, runId, history, lockHeld);
    }
  }

  /**
   * Whether a later admission of the run has been taken up: this record was accepted before, and
   * its acceptance was lost.
   */
  private boolean isOvertaken(Received received, String runId, AttemptHistory history) {
    OptionalLong admission = AdmissionHeaders.number(received, AdmissionHeaders.ADMISSION);
    if (admission.isEmpty() || history.begun() == 0) {
      return false;
    }
    long newest =
        environment
            .retry()
            .get(
                "reading the newest attempt of " + runId,
                () ->
                    attempts.admission(runId, history.begun(), AdmissionHeaders.placeOf(received)));
    if (newest > admission.getAsLong()) {
      LOG.info(
          "the event at {} is left: run {} was taken up by admission {}",
          received.place(),
          runId,
          newest);
    }
    return newest > admission.getAsLong();
  }

  /** Attempts until one has an outcome. */
  private void run(
      Received received,
      EventEnvelope<TaskSubmitted> event,
      String runId,
      AttemptHistory before,
      BooleanSupplier lockHeld) {
    AttemptHistory history = before;
    while (true) {
      Run run = begin(received, event, runId, lockHeld);
      if (history.faults() >= MAX_FAULTS || killsWorkers(runId, history)) {
        leaveIfLockLost(run);
        failures.workerLost(received, run, history);
        learner.forget(run);
        return;
      }
      if (attempt(received, run)) {
        return;
      }
      history = history(runId);
    }
  }

  private boolean killsWorkers(String runId, AttemptHistory history) {
    return history.unreportedSince(0) >= MAX_UNREPORTED
        && history.unreportedSince(lastToGetFurther(runId)) >= MAX_UNREPORTED;
  }

  private long lastToGetFurther(String runId) {
    return environment
        .retry()
        .get("looking for checkpoints of " + runId, () -> learner.lastToGetFurther(runId));
  }

  private Run begin(
      Received received,
      EventEnvelope<TaskSubmitted> event,
      String runId,
      BooleanSupplier lockHeld) {
    Instant started = environment.clock().instant();
    String place = AdmissionHeaders.placeOf(received);
    OptionalLong admission = AdmissionHeaders.number(received, AdmissionHeaders.ADMISSION);
    Long number = admission.isPresent() ? (Long) admission.getAsLong() : null;
    RunGuard guard = guard(received, runId, lockHeld);
    RunReportBuilder report =
        RunReportBuilder.builder().warnings(EventWarnings.of(received, event.data()));
    JsonNode sent = EventCodec.dataOf(received.headers(), received.value());
    Run unnumbered = new Run(runId, event, sent, place, 0, started, number, guard, report);
    long attempt =
        environment
            .retry()
            .get(
                "noting an attempt of " + runId,
                () -> attempts.begin(runId, n -> begun(unnumbered, n)));
    LOG.info(
        "run {} begins: task {}, event {} of {}, attempt {}",
        runId,
        event.data().taskId(),
        event.id(),
        event.source(),
        attempt);
    report
        .runId(runId)
        .taskId(event.data().taskId())
        .event(unnumbered.origin())
        .attempt(attempt)
        .worker(environment.workerId())
        .admission(number)
        .task(Json.tree(event.data()))
        .started(started);
    return new Run(runId, event, sent, place, attempt, started, number, guard, report);
  }

  private RunGuard guard(Received received, String runId, BooleanSupplier lockHeld) {
    long known = AdmissionHeaders.number(received, AdmissionHeaders.CONTROL).orElse(0);
    return new RunGuard(
        environment.retry(), lockHeld, new ControlWatch(environment.store(), runId, known));
  }

  private AttemptBegun begun(Run run, long number) {
    return new AttemptBegun(
        run.id(),
        run.task().taskId(),
        number,
        run.origin(),
        environment.workerId(),
        environment.device(),
        environment.programVersion(),
        run.admission(),
        run.started());
  }

  /** False if another attempt is worth it. */
  private boolean attempt(Received received, Run run) {
    DiffPublished published;
    try {
      environment.retry().run("reading what was asked of " + run.id(), run.guard()::refresh);
      run.guard().check();
      published = learner.learn(run);
    } catch (RunInterruptedException e) {
      leave(received, run, e);
      return true;
    } catch (DiffstreamException e) {
      if (e.code().retryable()) {
        failures.release(run, e.getMessage());
        throw e;
      }
      leaveIfLockLost(run);
      failures.fail(received, run, e);
      learner.forget(run);
      return true;
    } catch (RuntimeException e) {
      failures.fault(run, e);
      return false;
    } catch (Error e) {
      failures.fault(run, e);
      throw e;
    }
    publish(run, published);
    return true;
  }

  /** Returns if that is the end of the event's delivery, or throws {@code interrupted}. */
  private void leave(Received received, Run run, RunInterruptedException interrupted) {
    switch (interrupted.reason()) {
      case CANCELLED -> {
        leaveIfLockLost(run);
        failures.fail(
            received,
            run,
            new DiffstreamException(ErrorCode.CANCELLED, run.guard().cancellation(), interrupted));
        learner.forget(run);
      }
      case PAUSED -> {
        leaveIfLockLost(run);
        failures.pause(run);
      }
      case WORKER_STOPS, LOCK_LOST -> {
        failures.release(run, interrupted.getMessage());
        throw interrupted;
      }
    }
  }

  /**
   * A worker that stood still may wake up behind another one that took the event and published:
   * only who still has the event may say that its run failed.
   */
  private void leaveIfLockLost(Run run) {
    if (!run.guard().holdsLock()) {
      RunInterruptedException left = new RunInterruptedException(Reason.LOCK_LOST);
      failures.release(run, left.getMessage());
      throw left;
    }
  }

  /**
   * The diff is durable: from here on the run has succeeded, and nothing that goes wrong makes a
   * failure of it.
   */
  private void publish(Run run, DiffPublished published) {
    RunReport report =
        failures.completed(run.report().outcome(Outcome.PUBLISHED).published(published), run);
    environment
        .retry()
        .run("reporting " + run.id(), () -> attempts.end(report, TraceContext.inject()));
    learner.forget(run);
    announce(published);
    LOG.info("run {} published {} for task {}", run.id(), published.digest(), published.taskId());
  }

  private void announce(DiffPublished published) {
    environment.retry().run("publishing " + published.runId(), () -> sender.send(published));
  }

  /** Whether an earlier delivery left an outcome, which is announced again. */
  private boolean hasOutcome(
      Received received, EventEnvelope<TaskSubmitted> event, AttemptHistory history) {
    String place = AdmissionHeaders.placeOf(received);
    Optional<RunReport> published = history.published();
    if (published.isPresent()) {
      RunReport report = published.get();
      if (report.event().place().equals(place)) {
        LOG.info(
            "run {} was published before its event was acknowledged; it is announced again",
            report.runId());
        announce(Objects.requireNonNull(report.published()));
      } else {
        failures.refuse(received, duplicate(event, report));
      }
      return true;
    }
    Optional<RunReport> failed = history.failedAt(place);
    failed.ifPresent(report -> failures.announce(received, report));
    return failed.isPresent();
  }

  private static DiffstreamException duplicate(
      EventEnvelope<TaskSubmitted> event, RunReport published) {
    return new DiffstreamException(
        ErrorCode.INVALID_EVENT,
        "duplicate event id: "
            + event.id()
            + " of "
            + event.source()
            + " stands at "
            + published.event().place()
            + " and was published by "
            + published.runId());
  }

  @Override
  public void sendAgain(Received received) {
    sender.sendAgain(received);
  }

  @Override
  public void verifyState() {
    learner.verifyState();
  }

  private AttemptHistory history(String runId) {
    return environment
        .retry()
        .get("reading the attempts of " + runId, () -> attempts.history(runId));
  }
}

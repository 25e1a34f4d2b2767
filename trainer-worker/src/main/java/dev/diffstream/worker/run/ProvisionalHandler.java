package dev.diffstream.worker.run;

import dev.diffstream.eventlog.AdmissionHeaders;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.objectstore.ObjectStore.PutOutcome;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.DiffPublishedBuilder;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.run.ProvisionalReport;
import dev.diffstream.schemas.run.ProvisionalReportBuilder;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.telemetry.TraceContext;
import dev.diffstream.worker.run.RunInterruptedException.Reason;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the provisional of a task that has no champion: a head alone that answers until the task's
 * run has published. It is nothing that anybody is owed: whatever goes wrong here is noted, and the
 * run, which another share group has, goes its way.
 */
public final class ProvisionalHandler implements EventHandler {
  private static final Logger LOG = LoggerFactory.getLogger(ProvisionalHandler.class);

  /** The only attempt: what it made is never made again. */
  private static final long ATTEMPT = 1;

  private final RunEnvironment environment;
  private final ProvisionalLearner learner;
  private final Precedence precedence;
  private final AttemptLog attempts;
  private final EventSender sender;
  private final RunSpans spans;

  /**
   * @param precedence over the runs of the same worker
   */
  public ProvisionalHandler(
      RunEnvironment environment, ProvisionalLearner learner, Precedence precedence) {
    this.environment = environment;
    this.learner = learner;
    this.precedence = precedence;
    this.attempts = new AttemptLog(environment.store());
    this.sender = new EventSender(environment.log(), environment.workerId(), environment.clock());
    this.spans = new RunSpans(environment.telemetry());
  }

  /**
   * @throws RunInterruptedException if the worker stops or has lost the event; another may go on
   */
  @Override
  public void handle(Received received, BooleanSupplier lockHeld) {
    EventEnvelope<TaskSubmitted> event;
    try {
      event = EventCodec.decode(received.headers(), received.value()).as(TaskSubmitted.class);
    } catch (DiffstreamException e) {
      LOG.debug("the event at {} is refused by its run: {}", received.place(), e.getMessage());
      return;
    }
    if (!event.data().wantsProvisional() || !learner.canLearn(event.data())) {
      return;
    }
    spans.inRun(
        TraceContext.extract(received.headers()),
        received,
        () -> settle(received, event, lockHeld));
  }

  private void settle(
      Received received, EventEnvelope<TaskSubmitted> event, BooleanSupplier lockHeld) {
    String runId = RunIds.of(event.source(), event.id());
    try {
      settle(received, event, runId, lockHeld);
    } catch (RunInterruptedException e) {
      if (e.reason() == Reason.WORKER_STOPS || e.reason() == Reason.LOCK_LOST) {
        throw e;
      }
      LOG.info("no provisional for run {}: {}", runId, e.getMessage());
    } catch (RuntimeException e) {
      LOG.warn("no provisional for run {}: {}", runId, e.getMessage(), e);
    }
  }

  private void settle(
      Received received,
      EventEnvelope<TaskSubmitted> event,
      String runId,
      BooleanSupplier lockHeld) {
    Optional<ProvisionalReport> before =
        environment.retry().get("looking for a provisional of " + runId, () -> report(runId));
    if (before.isPresent()) {
      announce(before.get());
      return;
    }
    boolean wanted =
        environment
            .retry()
            .get(
                "looking for a champion of " + event.data().taskId(),
                () -> !hasChampion(event.data()) && !hasOutcome(runId));
    if (!wanted) {
      return;
    }
    RunGuard guard =
        new RunGuard(
            environment.retry(),
            lockHeld,
            new ControlWatch(environment.store(), runId, knownControl(received)));
    environment.retry().run("reading what was asked of " + runId, guard::refresh);
    guard.check();
    announce(kept(learned(event, runId, guard)));
  }

  private static long knownControl(Received received) {
    return AdmissionHeaders.number(received, AdmissionHeaders.CONTROL).orElse(0);
  }

  /** A failure that another try would not mend is noted, so that there is none. */
  private ProvisionalReport learned(
      EventEnvelope<TaskSubmitted> event, String runId, RunGuard guard) {
    Instant started = environment.clock().instant();
    ProvisionalReportBuilder report =
        ProvisionalReportBuilder.builder()
            .runId(runId)
            .taskId(event.data().taskId())
            .worker(environment.workerId())
            .started(started);
    try {
      ProvisionalLearner.Learned learned = learn(event.data(), guard);
      guard.check();
      report
          .rows(learned.rows())
          .metrics(learned.metrics())
          .published(published(event, runId, learned));
    } catch (DiffstreamException e) {
      if (e.code().retryable()) {
        throw e;
      }
      report.failure(new RunReport.Failure(FailureCode.of(e.code()), e.reason(), null));
    }
    return report.finished(environment.clock().instant()).build();
  }

  private ProvisionalLearner.Learned learn(TaskSubmitted task, RunGuard guard) {
    precedence.take();
    try {
      return learner.learn(task, guard);
    } finally {
      precedence.leave();
    }
  }

  private static DiffPublished published(
      EventEnvelope<TaskSubmitted> event, String runId, ProvisionalLearner.Learned learned) {
    return DiffPublishedBuilder.builder()
        .runId(runId)
        .taskId(event.data().taskId())
        .eventSource(event.source())
        .eventId(event.id())
        .attempt(ATTEMPT)
        .digest(learned.digest())
        .bytes(learned.bytes())
        .baseDigest(learned.baseDigest())
        .report(ObjectKeys.provisional(runId))
        .stage(DiffPublished.PROVISIONAL)
        .build();
  }

  /** What the bucket holds: another worker may have come first. */
  private ProvisionalReport kept(ProvisionalReport report) {
    String key = ObjectKeys.provisional(report.runId());
    PutOutcome outcome =
        environment
            .retry()
            .get(
                "reporting a provisional of " + report.runId(),
                () ->
                    environment
                        .store()
                        .putIfAbsent(key, Json.write(report), TraceContext.inject()));
    return outcome == PutOutcome.CREATED
        ? report
        : environment.retry().get("reading " + key, () -> report(report.runId())).orElse(report);
  }

  private void announce(ProvisionalReport report) {
    DiffPublished published = report.published();
    if (published == null) {
      LOG.info(
          "run {} of task {} has no provisional: {}",
          report.runId(),
          report.taskId(),
          report.failure() == null ? "unknown" : report.failure().message());
      return;
    }
    environment
        .retry()
        .run("publishing a provisional of " + report.runId(), () -> sender.send(published));
    LOG.info(
        "run {} published {} as provisional of task {}",
        report.runId(),
        published.digest(),
        report.taskId());
  }

  private Optional<ProvisionalReport> report(String runId) {
    return find(environment.store(), runId);
  }

  /** What became of a run's provisional; empty if none was made so far. */
  static Optional<ProvisionalReport> find(ObjectStore store, String runId) {
    String key = ObjectKeys.provisional(runId);
    return store
        .get(key, ProvisionalReport.MAX_BYTES)
        .map(bytes -> Json.read(bytes, ProvisionalReport.class, key));
  }

  private boolean hasChampion(TaskSubmitted task) {
    return StoredChampion.of(environment.store(), new TaskId(task.taskId())).isPresent();
  }

  private boolean hasOutcome(String runId) {
    AttemptHistory history = attempts.history(runId);
    return history.published().isPresent() || history.failedFinally();
  }

  /** Nobody is owed a provisional: its event is not sent again. */
  @Override
  public void sendAgain(Received received) {
    LOG.debug("the event at {} gets no provisional", received.place());
  }
}

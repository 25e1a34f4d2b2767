package dev.diffstream.worker.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.base.Base;
import dev.diffstream.base.engine.ComputeDevice;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Json;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventCodec.EventName;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.signature.SigningKey;
import dev.diffstream.telemetry.TraceContext;
import dev.diffstream.worker.data.DataSetReader;
import dev.diffstream.worker.data.DataSetReader.InvalidRecordsException;
import dev.diffstream.worker.learning.LearningMethod;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.context.Context;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one delivered task event to a durable outcome (I3): a published diff, or a failure with
 * report, event and dead letter. When {@link #handle} returns the event may be acknowledged; when
 * it throws, the event must be delivered again.
 */
public final class TaskHandler {
  private static final Logger LOG = LoggerFactory.getLogger(TaskHandler.class);

  private final Trainer trainer;
  private final RunReports reports;
  private final EventSender sender;
  private final Patience patience;
  private final RunSpans spans;

  /** The handler of a worker that learns on the processor and signs nothing. */
  public static TaskHandler of(
      String workerId,
      Base base,
      ObjectStore store,
      EventLog log,
      DataSetReader dataSets,
      List<LearningMethod> methods,
      Duration checkpointInterval,
      Patience patience,
      OpenTelemetry telemetry) {
    return of(
        workerId,
        base,
        ComputeDevice.cpu(),
        store,
        log,
        dataSets,
        methods,
        checkpointInterval,
        null,
        patience,
        telemetry);
  }

  /** The handler of a worker and all that it needs; without a key diffs are not signed. */
  public static TaskHandler of(
      String workerId,
      Base base,
      ComputeDevice device,
      ObjectStore store,
      EventLog log,
      DataSetReader dataSets,
      List<LearningMethod> methods,
      Duration checkpointInterval,
      @Nullable SigningKey signingKey,
      Patience patience,
      OpenTelemetry telemetry) {
    RunSpans spans = new RunSpans(telemetry);
    RunReports reports = new RunReports(store, workerId);
    EventSender sender = new EventSender(log, workerId);
    Trainer trainer =
        new Trainer(
            base,
            device,
            store,
            dataSets,
            methods,
            checkpointInterval,
            new DiffStorage(store, signingKey, patience),
            reports,
            sender,
            patience,
            spans);
    return new TaskHandler(trainer, reports, sender, patience, spans);
  }

  private TaskHandler(
      Trainer trainer, RunReports reports, EventSender sender, Patience patience, RunSpans spans) {
    this.trainer = trainer;
    this.reports = reports;
    this.sender = sender;
    this.patience = patience;
    this.spans = spans;
  }

  /** Throws only what another delivery may mend. */
  public void handle(Received received) {
    Context parent = TraceContext.extract(received.headers());
    spans.inRun(parent, received, () -> settle(received));
  }

  private void settle(Received received) {
    EventEnvelope<TaskSubmitted> event;
    try {
      event = EventCodec.decode(received.headers(), received.value()).as(TaskSubmitted.class);
    } catch (DiffstreamException e) {
      refuse(received, e);
      return;
    }
    String runId = RunIds.of(event.source(), event.id());
    Optional<RunReport> before =
        patience.get("reading the report of " + runId, () -> reports.find(runId));
    if (before.isPresent() && settledBefore(received, event, before.get())) {
      return;
    }
    int attempt = patience.get("noting an attempt of " + runId, () -> reports.begin(runId));
    Run run = new Run(runId, event, EventSender.placeOf(received), attempt, Instant.now());
    LOG.info(
        "run {} begins: task {}, event {} of {}, attempt {}",
        runId,
        event.data().taskId(),
        event.id(),
        event.source(),
        attempt);
    try {
      RunReport report = trainer.train(run);
      publish(report);
      LOG.info(
          "run {} published {} for task {}",
          runId,
          Objects.requireNonNull(report.published()).digest(),
          report.taskId());
    } catch (DiffstreamException e) {
      if (e.code().retryable()) {
        throw e;
      }
      fail(received, failureReport(run, e));
      trainer.forget(run);
    }
  }

  /** What an earlier delivery left behind. True: this event has its outcome. */
  private boolean settledBefore(
      Received received, EventEnvelope<TaskSubmitted> event, RunReport before) {
    boolean samePlace = before.place().equals(EventSender.placeOf(received));
    if (before.outcome() == RunReport.Outcome.PUBLISHED) {
      if (samePlace) {
        LOG.info(
            "run {} was published before its event was acknowledged; its event is sent again",
            before.runId());
        publish(before);
      } else {
        refuse(
            received,
            new DiffstreamException(
                ErrorCode.INVALID_EVENT,
                "duplicate event id: "
                    + event.id()
                    + " of "
                    + event.source()
                    + " stands at "
                    + before.place()
                    + " and was published by "
                    + before.runId()));
      }
      return true;
    }
    if (samePlace) {
      announceFailure(received, before);
    }
    return samePlace;
  }

  private void publish(RunReport report) {
    DiffPublished published = Objects.requireNonNull(report.published());
    patience.run("publishing " + report.runId(), () -> sender.send(published));
  }

  /** An event that cannot begin a run of its own: it is named by its place. */
  private void refuse(Received received, DiffstreamException e) {
    String runId = RunIds.ofPlace(received.topic(), received.partition(), received.offset());
    EventName name = EventCodec.nameOf(received.headers(), received.value());
    String task = TaskId.isValid(received.key()) ? received.key() : subject(received);
    RunReport report =
        report(
            runId,
            task,
            name == null ? null : name.source(),
            name == null ? null : name.id(),
            EventSender.placeOf(received),
            1,
            Instant.now(),
            e);
    fail(received, report);
  }

  /**
   * The task that a broken event speaks of, as far as it can be told: by its subject, or by its
   * data.
   */
  private static String subject(Received received) {
    String subject = received.headers().getOrDefault("ce_subject", "");
    if (TaskId.isValid(subject)) {
      return subject;
    }
    try {
      JsonNode event = Json.parse(received.value(), "the event");
      String named = event.path("taskId").asText(event.path("data").path("taskId").asText());
      return TaskId.isValid(named) ? named : "unknown";
    } catch (DiffstreamException unreadable) {
      return "unknown";
    }
  }

  private void fail(Received received, RunReport report) {
    LOG.warn(
        "run {} failed: task {}, {}: {}",
        report.runId(),
        report.taskId(),
        report.errorCode(),
        report.message());
    patience.run("reporting " + report.runId(), () -> reports.write(report, TraceContext.inject()));
    announceFailure(received, report);
  }

  private void announceFailure(Received received, RunReport report) {
    ErrorCode code = Objects.requireNonNull(report.errorCode());
    RunFailed failed =
        new RunFailed(
            report.runId(),
            report.taskId(),
            report.eventSource(),
            report.eventId(),
            code,
            String.valueOf(report.message()),
            code.retryable(),
            ObjectKeys.report(report.runId()));
    patience.run("announcing the failure of " + report.runId(), () -> sender.send(failed));
    patience.run("setting " + report.runId() + " aside", () -> sender.deadLetter(received, failed));
  }

  private static RunReport failureReport(Run run, DiffstreamException e) {
    return report(
        run.id(),
        run.task().taskId(),
        run.event().source(),
        run.event().id(),
        run.place(),
        run.attempt(),
        run.started(),
        e);
  }

  private static RunReport report(
      String runId,
      String taskId,
      @Nullable String source,
      @Nullable String id,
      String place,
      int attempt,
      Instant started,
      DiffstreamException e) {
    InvalidRecordsException invalid = e instanceof InvalidRecordsException records ? records : null;
    return new RunReport(
        runId,
        taskId,
        source,
        id,
        place,
        attempt,
        RunReport.Outcome.FAILED,
        null,
        e.code(),
        e.reason(),
        null,
        null,
        invalid == null ? null : invalid.records(),
        invalid == null ? null : invalid.count(),
        null,
        null,
        null,
        null,
        started,
        Instant.now());
  }
}

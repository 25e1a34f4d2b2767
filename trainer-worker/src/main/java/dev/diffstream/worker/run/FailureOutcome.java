package dev.diffstream.worker.run;

import dev.diffstream.eventlog.AdmissionHeaders;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventCodec.EventName;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunFailedBuilder;
import dev.diffstream.schemas.event.RunProgressed;
import dev.diffstream.schemas.event.RunProgressedBuilder;
import dev.diffstream.schemas.run.ProvisionalReport;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.run.RunReport.Outcome;
import dev.diffstream.schemas.run.RunReportBuilder;
import dev.diffstream.schemas.run.RunReportDataSummaryBuilder;
import dev.diffstream.telemetry.TraceContext;
import dev.diffstream.worker.data.DataSetReader.InvalidRecordsException;
import dev.diffstream.worker.run.RunInterruptedException.Reason;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How attempts end that publish nothing. A failure for good is a report, then RunFailed, then a
 * dead letter; anything else is a report alone.
 */
final class FailureOutcome {
  private static final Logger LOG = LoggerFactory.getLogger(FailureOutcome.class);

  private final RunEnvironment environment;
  private final AttemptLog attempts;
  private final EventSender sender;

  FailureOutcome(RunEnvironment environment, AttemptLog attempts, EventSender sender) {
    this.environment = environment;
    this.attempts = attempts;
    this.sender = sender;
  }

  /** The run failed for good. */
  void fail(Received received, Run run, DiffstreamException e) {
    if (e instanceof InvalidRecordsException invalid) {
      run.report()
          .data(
              RunReportDataSummaryBuilder.builder()
                  .invalidRecords(invalid.records())
                  .invalidRecordCount(invalid.count())
                  .build());
    }
    fail(received, run, failed(run, FailureCode.of(e.code()), e.reason(), null));
  }

  /**
   * An event that cannot begin a run of its own; its report is kept under its place in the topic.
   */
  void refuse(Received received, DiffstreamException e) {
    EventName name = EventCodec.nameOf(received.headers(), received.value());
    RunReport report =
        RunReportBuilder.builder()
            .runId(RunIds.ofPlace(AdmissionHeaders.placeOf(received)))
            .taskId(
                TaskId.isValid(received.key())
                    ? received.key()
                    : EventCodec.taskOf(received.headers(), received.value()))
            .event(
                new EventOrigin(
                    name == null ? null : name.source(),
                    name == null ? null : name.id(),
                    AdmissionHeaders.placeOf(received)))
            .attempt(1)
            .worker(environment.workerId())
            .outcome(Outcome.FAILED)
            .failure(new RunReport.Failure(FailureCode.of(e.code()), e.reason(), null))
            .warnings(List.of())
            .started(environment.clock().instant())
            .finished(environment.clock().instant())
            .build();
    report(report);
    announce(received, report);
  }

  /** Too many earlier attempts ended by a fault of the program or without a report. */
  void workerLost(Received received, Run run, AttemptHistory history) {
    @Nullable RunReport last = history.reports().isEmpty() ? null : history.reports().getLast();
    RunReport.@Nullable Failure fault = last == null ? null : last.failure();
    String message =
        "%d attempts of this run ended by a fault of the program and %d without a report; the last that was reported: %s"
            .formatted(
                history.faults(),
                history.unreportedSince(0),
                fault == null ? "none" : fault.message());
    fail(
        received,
        run,
        failed(
            run,
            FailureCode.of(ErrorCode.WORKER_LOST),
            message,
            fault == null ? null : fault.stackTrace()));
  }

  /** The event goes back to the queue, and nothing is wrong with it. */
  void release(Run run, @Nullable String reason) {
    RunReport report =
        completed(
            run.report()
                .outcome(Outcome.RELEASED)
                .failure(
                    new RunReport.Failure(
                        FailureCode.of(ErrorCode.OVERLOADED), String.valueOf(reason), null)),
            run);
    endIfPossible(report);
  }

  /** The run was paused: another attempt will go on from what was kept. */
  void pause(Run run) {
    RunReport report = completed(run.report().outcome(Outcome.PAUSED), run);
    environment
        .retry()
        .run("reporting " + run.id(), () -> attempts.end(report, TraceContext.inject()));
    RunProgressed paused =
        RunProgressedBuilder.builder()
            .runId(run.id())
            .taskId(run.task().taskId())
            .attempt(run.attempt())
            .worker(environment.workerId())
            .device(environment.device())
            .phase(Phase.PAUSED)
            .admission(run.admission())
            .build();
    environment.retry().run("telling the pause of " + run.id(), () -> sender.send(paused));
    LOG.info("run {} of task {} is paused", run.id(), run.task().taskId());
  }

  /** A fault of the program ended the attempt. */
  void fault(Run run, Throwable fault) {
    LOG.error("run {}, attempt {}: a fault of the program", run.id(), run.attempt(), fault);
    StringWriter trace = new StringWriter();
    fault.printStackTrace(new PrintWriter(trace));
    endIfPossible(
        failed(
            run, FailureCode.of(ErrorCode.WORKER_LOST), String.valueOf(fault), trace.toString()));
  }

  /** Sends RunFailed and the dead letter of a failure, as its report has them. */
  void announce(Received received, RunReport report) {
    RunReport.Failure failure = Objects.requireNonNull(report.failure());
    RunFailed failed =
        RunFailedBuilder.builder()
            .runId(report.runId())
            .taskId(report.taskId())
            .eventSource(report.event().source())
            .eventId(report.event().id())
            .attempt(report.attempt())
            .errorCode(failure.errorCode())
            .message(failure.message())
            .retryable(failure.errorCode().retryable())
            .report(ObjectKeys.report(report.runId(), report.attempt()))
            .owner(report.owner())
            .examples(report.examples())
            .build();
    environment
        .retry()
        .run("announcing the failure of " + report.runId(), () -> sender.send(failed));
    environment
        .retry()
        .run(
            "dead-lettering " + report.runId(),
            () -> sender.deadLetter(received, failed, controlOf(failed)));
  }

  /** Number of the newest control object of a run, which its failure is done with; 0: none. */
  private long controlOf(RunFailed failed) {
    ControlWatch watch = new ControlWatch(environment.store(), failed.runId(), 0);
    watch.refresh();
    return watch.newestNumber();
  }

  /** The report of an attempt that ends now. */
  RunReport completed(RunReportBuilder report, Run run) {
    Map<String, Double> training =
        report.training() == null ? new TreeMap<>() : new TreeMap<>(report.training());
    training.put(
        "seconds",
        Duration.between(run.started(), environment.clock().instant()).toMillis() / 1000.0);
    return report
        .training(training)
        .provisional(provisional(run))
        .finished(environment.clock().instant())
        .build();
  }

  /** One try: the run's own outcome does not depend on it. */
  private @Nullable ProvisionalReport provisional(Run run) {
    if (!run.task().wantsProvisional()) {
      return null;
    }
    try {
      return ProvisionalHandler.find(environment.store(), run.id()).orElse(null);
    } catch (DiffstreamException e) {
      LOG.warn("the provisional of {} is not in its report: {}", run.id(), e.getMessage());
      return null;
    }
  }

  private RunReport failed(Run run, FailureCode code, String message, @Nullable String stackTrace) {
    return completed(
        run.report()
            .outcome(Outcome.FAILED)
            .failure(new RunReport.Failure(code, message, stackTrace)),
        run);
  }

  /**
   * Writing the report may have taken long. Whoever has the event by now finds the report and
   * announces it.
   */
  private void fail(Received received, Run run, RunReport report) {
    report(report);
    if (!run.guard().holdsLock()) {
      throw new RunInterruptedException(Reason.LOCK_LOST);
    }
    announce(received, report);
  }

  private void report(RunReport report) {
    RunReport.Failure failure = Objects.requireNonNull(report.failure());
    LOG.warn(
        "run {} failed: task {}, {}: {}",
        report.runId(),
        report.taskId(),
        failure.errorCode(),
        failure.message());
    environment
        .retry()
        .run("reporting " + report.runId(), () -> attempts.end(report, TraceContext.inject()));
  }

  /** One try: the event goes back whether or not its attempt's end is noted. */
  private void endIfPossible(RunReport report) {
    try {
      attempts.end(report, TraceContext.inject());
    } catch (RuntimeException e) {
      LOG.warn("the end of an attempt of {} was not noted: {}", report.runId(), e.getMessage());
    }
  }
}

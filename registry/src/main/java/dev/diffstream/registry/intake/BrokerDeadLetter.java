package dev.diffstream.registry.intake;

import dev.diffstream.eventlog.DeadLetterHeaders;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.Header;
import dev.diffstream.registry.runs.RunLedger;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.registry.runs.StoredReports.Attempts;
import dev.diffstream.registry.runs.StoredReports.StoredReport;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventCodec.EventName;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunFailedBuilder;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.run.RunReport.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A record of the broker's own dead-letter queue: a task event that killed workers until the
 * delivery limit. The broker copies the event's key and value, and says its place in headers; the
 * event's own headers come from {@link TaskEventHeaderIndex}.
 *
 * @param topic whose workers were lost
 * @param place where the task event was sent first
 * @param runOfPlace the run's id if the event's name was used by another record
 * @param message the event's key and value, and its headers before the broker's
 */
public record BrokerDeadLetter(
    String topic,
    String taskId,
    @Nullable EventName name,
    String place,
    String runOfPlace,
    Message message) {
  /** After this many attempts that ended without a report, the event counts as killing workers. */
  private static final int MAX_UNREPORTED = 5;

  /** Attempts ended by a fault of the program before the run counts as failed. */
  private static final int MAX_FAULTS = 2;

  public static BrokerDeadLetter of(Received received, TaskEventHeaderIndex events) {
    Map<String, String> broker = received.headers();
    String topic = broker.getOrDefault(DeadLetterHeaders.BROKER_TOPIC, Topics.TASKS);
    int partition =
        (int) number(broker.get(DeadLetterHeaders.BROKER_PARTITION), received.partition());
    long offset = number(broker.get(DeadLetterHeaders.BROKER_OFFSET), received.offset());
    List<Header> own = events.headersAt(RunIds.place(topic, partition, offset));
    String place =
        Header.byName(own)
            .getOrDefault(DeadLetterHeaders.ORIGIN, RunIds.place(topic, partition, offset));
    List<Header> headers = new ArrayList<>(own);
    headers.addAll(received.headerList());
    Message message = received.toMessage().withHeaders(headers);
    return new BrokerDeadLetter(
        topic,
        TaskId.isValid(received.key()) ? received.key() : "unknown",
        EventCodec.nameOf(message.headers(), message.value()),
        place,
        RunIds.ofPlace(place),
        message);
  }

  /** What is to be done about the event. */
  public sealed interface Verdict {
    /** Nothing: its run has published. */
    record Published() implements Verdict {}

    /** It has not killed its workers; it is published to the task topic again. */
    record DeliverAgain(String runId, long unreported) implements Verdict {}

    /** It failed; this must stand on the topics. */
    record Failed(RunFailed failure) implements Verdict {}
  }

  /** Decided from what topics and bucket hold of the event's run. */
  public Verdict verdict(StoredReports reports, RunLedger ledger) {
    @Nullable EventName named = name;
    String run = named == null ? runOfPlace : RunIds.of(named.source(), named.id());
    Attempts attempts = reports.attempts(run);
    if (attempts.published().filter(first -> !isOfThisPlace(first.report())).isPresent()) {
      run = runOfPlace; // the name belongs to another record's run: this one was a duplicate
      attempts = reports.attempts(run);
    }
    Optional<RunFailed> reported = ledger.failure(run);
    if (reported.isPresent()) {
      return new Verdict.Failed(reported.get());
    }
    if (ledger.hasPublished(run) || attempts.published().isPresent()) {
      return new Verdict.Published();
    }
    Optional<RunReport> failed =
        attempts.last().map(StoredReport::report).filter(this::isOfThisPlace).filter(this::isFinal);
    if (failed.isPresent()) {
      return new Verdict.Failed(asReported(failed.get()));
    }
    boolean lost =
        attempts.begun() == 0
            || attempts.unreported() >= MAX_UNREPORTED
            || attempts.faults() >= MAX_FAULTS;
    return lost
        ? new Verdict.Failed(workerLost(run))
        : new Verdict.DeliverAgain(run, attempts.unreported());
  }

  private boolean isFinal(RunReport report) {
    RunReport.Failure failure = report.failure();
    return failure != null
        && report.outcome() == Outcome.FAILED
        && !failure.errorCode().retryable();
  }

  private boolean isOfThisPlace(RunReport report) {
    return report.event().place().equals(place);
  }

  private RunFailed asReported(RunReport report) {
    RunReport.Failure failure = Objects.requireNonNull(report.failure());
    return failed(report.runId(), failure.errorCode())
        .attempt(report.attempt())
        .message(failure.message())
        .report(ObjectKeys.report(report.runId(), report.attempt()))
        .build();
  }

  private RunFailed workerLost(String run) {
    return failed(run, FailureCode.of(ErrorCode.WORKER_LOST)).message(reason()).build();
  }

  private RunFailedBuilder failed(String run, FailureCode code) {
    return RunFailedBuilder.builder()
        .runId(run)
        .taskId(taskId)
        .eventSource(name == null ? null : name.source())
        .eventId(name == null ? null : name.id())
        .errorCode(code)
        .retryable(code.retryable());
  }

  private String reason() {
    Map<String, String> headers = message.headers();
    return "task event at "
        + place
        + ": expected an outcome, but every worker that took it was lost ("
        + headers.getOrDefault(DeadLetterHeaders.BROKER_DELIVERIES, "an unknown number of")
        + " deliveries; the broker says: "
        + headers.getOrDefault(DeadLetterHeaders.BROKER_REASON, "nothing")
        + ")";
  }

  private static long number(@Nullable String text, long otherwise) {
    try {
      return text == null ? otherwise : Long.parseLong(text);
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }
}

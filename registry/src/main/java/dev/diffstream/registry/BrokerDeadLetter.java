package dev.diffstream.registry;

import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.registry.StoredReports.Attempts;
import dev.diffstream.registry.StoredReports.StoredReport;
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
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A record of the broker's own dead-letter queue: a task event that killed workers until the
 * delivery limit. The broker copies the event's key and value, and says its place in headers; the
 * event's own headers come from {@link TaskEvents}.
 *
 * @param headers the event's own and the broker's
 * @param place where the task event stands
 * @param runOfPlace the run's id if the event's name was used by another record
 */
@SuppressWarnings("ArrayRecordComponent") // read once, never compared
record BrokerDeadLetter(
    String taskId,
    @Nullable EventName name,
    String place,
    String runOfPlace,
    Map<String, String> headers,
    byte[] value) {
  private static final String TOPIC = "__dlq.errors.topic";
  private static final String PARTITION = "__dlq.errors.partition";
  private static final String OFFSET = "__dlq.errors.offset";
  private static final String REASON = "__dlq.errors.message";
  private static final String DELIVERIES = "__dlq.errors.delivery.count";

  static BrokerDeadLetter of(Received received, TaskEvents events) {
    Map<String, String> broker = received.headers();
    String topic = broker.getOrDefault(TOPIC, Topics.TASKS);
    int partition = (int) number(broker.get(PARTITION), received.partition());
    long offset = number(broker.get(OFFSET), received.offset());
    String place = RunIds.place(topic, partition, offset);
    Map<String, String> headers = new HashMap<>(events.headersAt(place));
    headers.putAll(broker);
    return new BrokerDeadLetter(
        TaskId.isValid(received.key()) ? received.key() : "unknown",
        EventCodec.nameOf(headers, received.value()),
        place,
        RunIds.ofPlace(topic, partition, offset),
        headers,
        received.value());
  }

  /**
   * What must stand on the topics for this event: WORKER_LOST; or the failure that a worker
   * reported before it died, whose dead letter may be missing; or empty where the run published.
   */
  Optional<RunFailed> failure(StoredReports reports, RunLedger ledger) {
    @Nullable EventName named = name;
    String run = named == null ? runOfPlace : RunIds.of(named.source(), named.id());
    Attempts attempts = reports.attempts(run);
    if (attempts.last().filter(last -> !isOfThisPlace(last.report())).isPresent()) {
      run = runOfPlace; // the name belongs to another record's run: this one was a duplicate
      attempts = reports.attempts(run);
    }
    Optional<RunFailed> reported = ledger.failure(run);
    if (reported.isPresent()) {
      return reported;
    }
    if (ledger.hasPublished(run) || attempts.published().isPresent()) {
      return Optional.empty();
    }
    String runId = run;
    return Optional.of(
        attempts
            .last()
            .map(StoredReport::report)
            .filter(report -> report.failure() != null && report.outcome() == Outcome.FAILED)
            .map(this::asReported)
            .orElseGet(() -> workerLost(runId)));
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
    return failed(run, FailureCode.of(ErrorCode.WORKER_LOST)).message(message()).build();
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

  private String message() {
    return "task event at "
        + place
        + ": expected an outcome, but every worker that took it was lost ("
        + headers.getOrDefault(DELIVERIES, "an unknown number of")
        + " deliveries; the broker says: "
        + headers.getOrDefault(REASON, "nothing")
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

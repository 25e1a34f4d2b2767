package dev.diffstream.registry;

import static dev.diffstream.schemas.run.RunReport.Outcome.PUBLISHED;

import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Json;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventCodec.EventName;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import java.util.HashMap;
import java.util.Map;
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
  private static final long MAX_REPORT_BYTES = 8 << 20;

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
  Optional<RunFailed> failure(ObjectStore store, RunLedger ledger) {
    @Nullable EventName named = name;
    String run = named == null ? runOfPlace : RunIds.of(named.source(), named.id());
    Optional<RunReport> report = report(store, run);
    if (report.isPresent() && !report.get().place().equals(place)) {
      run = runOfPlace; // the name belongs to another record's run: this one was a duplicate
      report = report(store, run);
    }
    Optional<RunFailed> reported = ledger.failure(run);
    if (reported.isPresent()) {
      return reported;
    }
    if (ledger.hasPublished(run) || report.filter(r -> r.outcome() == PUBLISHED).isPresent()) {
      return Optional.empty();
    }
    String runId = run;
    return Optional.of(report.map(this::asReported).orElseGet(() -> workerLost(runId)));
  }

  private RunFailed asReported(RunReport report) {
    ErrorCode code = report.errorCode() == null ? ErrorCode.WORKER_LOST : report.errorCode();
    String text = report.message() == null ? message() : report.message();
    return failed(report.runId(), code, text, ObjectKeys.report(report.runId()));
  }

  private RunFailed workerLost(String run) {
    return failed(run, ErrorCode.WORKER_LOST, message(), null);
  }

  private RunFailed failed(String run, ErrorCode code, String text, @Nullable String report) {
    return new RunFailed(
        run,
        taskId,
        name == null ? null : name.source(),
        name == null ? null : name.id(),
        code,
        text,
        code.retryable(),
        report);
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

  private static Optional<RunReport> report(ObjectStore store, String run) {
    String key = ObjectKeys.report(run);
    return store.get(key, MAX_REPORT_BYTES).map(bytes -> Json.read(bytes, RunReport.class, key));
  }

  private static long number(@Nullable String text, long otherwise) {
    try {
      return text == null ? otherwise : Long.parseLong(text);
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }
}

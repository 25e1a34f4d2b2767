package dev.diffstream.registry.intake;

import dev.diffstream.eventlog.AdmissionHeaders;
import dev.diffstream.eventlog.DeadLetterHeaders;
import dev.diffstream.eventlog.DeadLetters;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.registry.runs.RunLedger;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventCodec.Encoded;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.RunFailed;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * Reports once that a run failed: a dead letter, then RunFailed. RunFailed on the topic means that
 * both were sent; after a stop between them, the ledger knows the dead letter and it is not
 * repeated. Belongs to the registrar's thread.
 */
public final class FailureReporter {
  private final EventLog log;
  private final DeadLetters deadLetters;
  private final RunLedger ledger;
  private final String source;
  private final InstantSource clock;

  public FailureReporter(EventLog log, RunLedger ledger, String registryId, InstantSource clock) {
    this.log = log;
    this.deadLetters = new DeadLetters(log, Topics.TASKS_DEAD_LETTERS);
    this.ledger = ledger;
    this.source = RunLedger.REGISTRY_SOURCE + "/" + registryId;
    this.clock = clock;
  }

  /**
   * As {@link #report}, for a task event that no worker reported: once for each place, since the
   * same event may be sent once more and fail again.
   *
   * @param control number of the newest control object of the run; 0: none
   */
  public void reportAt(
      String place, RunFailed failure, Map<String, String> trace, Message letter, long control) {
    reportAt(place, failure, trace, letter, Map.of(), control);
  }

  /**
   * As {@link #report}, for a diff that was sent once more: once for each place.
   *
   * @param reason as for {@link #report}
   */
  void reportAt(
      String place,
      RunFailed failure,
      Map<String, String> trace,
      Message letter,
      Map<String, String> reason) {
    reportAt(place, failure, trace, letter, reason, 0);
  }

  private void reportAt(
      String place,
      RunFailed failure,
      Map<String, String> trace,
      Message letter,
      Map<String, String> reason,
      long control) {
    if (ledger.hasDeadLetterAt(place)) {
      return;
    }
    String eventId = failure.runId() + "/" + failure.errorCode() + "/" + place;
    if (!ledger.hasFailureEvent(eventId)) {
      send(failure, trace, eventId);
    }
    Map<String, String> headers = headers(failure, trace, reason);
    headers.put(DeadLetterHeaders.ORIGIN, place);
    if (control > 0) {
      headers.put(AdmissionHeaders.CONTROL, Long.toString(control));
    }
    deadLetters.send(letter, headers);
    ledger.addDeadLetterAt(failure.runId(), place, control);
  }

  private static Map<String, String> headers(
      RunFailed failure, Map<String, String> trace, Map<String, String> reason) {
    Map<String, String> headers = new HashMap<>(reason);
    headers.putAll(trace);
    headers.put(DeadLetterHeaders.ERROR_CODE, failure.errorCode().name());
    headers.put(DeadLetterHeaders.ERROR_MESSAGE, failure.message());
    headers.put(DeadLetterHeaders.RUN_ID, failure.runId());
    return headers;
  }

  /**
   * @param letter the dead letter's key, headers and value
   * @param reason the headers that name the failure's object, beside the failure's own
   */
  public void report(
      RunFailed failure, Map<String, String> trace, Message letter, Map<String, String> reason) {
    if (!ledger.hasDeadLetter(failure.runId(), failure.errorCode())) {
      deadLetters.send(letter, headers(failure, trace, reason));
      ledger.addDeadLetter(failure.runId(), failure.errorCode());
    }
    if (!ledger.hasFailed(failure.runId(), failure.errorCode())) {
      send(failure, trace, failure.runId() + "/" + failure.errorCode());
    }
  }

  private void send(RunFailed failure, Map<String, String> trace, String eventId) {
    EventEnvelope<RunFailed> event =
        new EventEnvelope<>(eventId, source, clock.instant(), trace, failure);
    Encoded encoded = EventCodec.encode(event);
    log.publish(Topics.RUNS, new Message(failure.taskId(), encoded.headers(), encoded.value()));
    ledger.onFailed(failure, source, event.time());
  }
}

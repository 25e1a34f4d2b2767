package dev.diffstream.registry;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventCodec.Encoded;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.RunFailed;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * Says once that a run failed: a dead letter, then RunFailed. The second is the mark that both are
 * there; a stop between them is made good from the dead letters that the ledger has read. Belongs
 * to the registrar's thread.
 */
final class FailureReporter {
  /** How the CloudEvents source of every registry begins. */
  static final String SOURCE = "/diffstream/registry";

  static final String ERROR_CODE = "diffstream_error_code";
  static final String ERROR_MESSAGE = "diffstream_error_message";
  static final String RUN_ID = "diffstream_run_id";

  /** Where the task event stands: {@code topic/partition/offset}. */
  static final String ORIGIN = "diffstream_origin";

  /** Of the diff that was refused; only on dead letters of the registry. */
  static final String DIGEST = "diffstream_digest";

  private final EventLog log;
  private final RunLedger ledger;
  private final String source;
  private final InstantSource clock;

  FailureReporter(EventLog log, RunLedger ledger, String registryId, InstantSource clock) {
    this.log = log;
    this.ledger = ledger;
    this.source = SOURCE + "/" + registryId;
    this.clock = clock;
  }

  /**
   * @param letterHeaders what the dead letter carries beside the failure
   * @param letter the dead letter's value
   */
  void report(
      RunFailed failure,
      Map<String, String> trace,
      Map<String, String> letterHeaders,
      byte[] letter) {
    if (!ledger.hasDeadLetter(failure.runId(), failure.errorCode())) {
      Map<String, String> headers = new HashMap<>(letterHeaders);
      headers.putAll(trace);
      headers.put(ERROR_CODE, failure.errorCode().name());
      headers.put(ERROR_MESSAGE, failure.message());
      headers.put(RUN_ID, failure.runId());
      log.publish(Topics.TASKS_DEAD_LETTERS, new Message(failure.taskId(), headers, letter));
      ledger.addDeadLetter(failure.runId(), failure.errorCode());
    }
    if (!ledger.hasFailed(failure.runId(), failure.errorCode())) {
      EventEnvelope<RunFailed> event =
          new EventEnvelope<>(
              failure.runId() + "/" + failure.errorCode(), source, clock.instant(), trace, failure);
      Encoded encoded = EventCodec.encode(event);
      log.publish(Topics.RUNS, new Message(failure.taskId(), encoded.headers(), encoded.value()));
      ledger.onFailed(failure, source, event.time());
    }
  }
}

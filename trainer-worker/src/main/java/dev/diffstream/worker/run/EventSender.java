package dev.diffstream.worker.run;

import dev.diffstream.eventlog.DeadLetterHeaders;
import dev.diffstream.eventlog.DeadLetters;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.Event;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.EventType;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.telemetry.TraceContext;
import java.util.Map;

/** Sends this worker's events and dead letters, with the trace context of the calling thread. */
final class EventSender {
  private final EventLog log;
  private final String source;

  EventSender(EventLog log, String workerId) {
    this.log = log;
    this.source = "/diffstream/trainer-worker/" + workerId;
  }

  /** Returns when the broker has acknowledged. */
  void send(Event event) {
    EventCodec.Encoded encoded =
        EventCodec.encode(EventEnvelope.of(source, event, TraceContext.inject()));
    log.publish(
        EventType.of(event).topic(),
        new Message(event.taskId(), encoded.headers(), encoded.value()));
  }

  /** The task event as it came, with the reason in its headers. */
  void deadLetter(Received received, RunFailed failure) {
    new DeadLetters(log, Topics.TASKS_DEAD_LETTERS)
        .send(
            received.toMessage(),
            Map.of(
                DeadLetterHeaders.ERROR_CODE, failure.errorCode().name(),
                DeadLetterHeaders.ERROR_MESSAGE, failure.message(),
                DeadLetterHeaders.RUN_ID, failure.runId(),
                DeadLetterHeaders.ORIGIN, received.place()));
  }

  static String placeOf(Received received) {
    return received.place();
  }
}

package dev.diffstream.worker.run;

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
import java.util.HashMap;
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
    Map<String, String> headers = new HashMap<>(received.headers());
    headers.put("diffstream_error_code", failure.errorCode().name());
    headers.put("diffstream_error_message", failure.message());
    headers.put("diffstream_run_id", failure.runId());
    headers.put("diffstream_origin", placeOf(received));
    log.publish(Topics.TASKS_DEAD_LETTERS, new Message(received.key(), headers, received.value()));
  }

  static String placeOf(Received received) {
    return received.topic() + "/" + received.partition() + "/" + received.offset();
  }
}

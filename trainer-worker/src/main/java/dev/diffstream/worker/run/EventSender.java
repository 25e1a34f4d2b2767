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
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.telemetry.TraceContext;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Sends this worker's events and dead letters, with the trace context of the calling thread. */
final class EventSender {
  /** The header that says where a task event was sent first. */
  private static final String ORIGIN = "diffstream_origin";

  private static final Pattern PLACE = Pattern.compile("[A-Za-z0-9._-]{1,249}/\\d{1,9}/\\d{1,18}");

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
        new Message(event.subject(), encoded.headers(), encoded.value()));
  }

  /** The task event as it came, with the reason in its headers. */
  void deadLetter(Received received, RunFailed failure) {
    Map<String, String> headers = new HashMap<>(received.headers());
    headers.put("diffstream_error_code", failure.errorCode().name());
    headers.put("diffstream_error_message", failure.message());
    headers.put("diffstream_run_id", failure.runId());
    headers.put(ORIGIN, placeOf(received));
    log.publish(Topics.TASKS_DEAD_LETTERS, new Message(received.key(), headers, received.value()));
  }

  /**
   * Sends the task event to the end of its queue, as it came: others get their turn before it is
   * delivered again. It stays the event of its first place.
   */
  void sendAgain(Received received) {
    Map<String, String> headers = new HashMap<>(received.headers());
    headers.put(ORIGIN, placeOf(received));
    log.publish(received.topic(), new Message(received.key(), headers, received.value()));
  }

  /** Where the event was sent first: {@code topic/partition/offset}. */
  static String placeOf(Received received) {
    String origin = received.headers().get(ORIGIN);
    return origin != null && PLACE.matcher(origin).matches()
        ? origin
        : RunIds.place(received.topic(), received.partition(), received.offset());
  }
}

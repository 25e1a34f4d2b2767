package dev.diffstream.worker.run;

import dev.diffstream.eventlog.AdmissionHeaders;
import dev.diffstream.eventlog.DeadLetterHeaders;
import dev.diffstream.eventlog.DeadLetters;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.Header;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.Event;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.EventType;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.telemetry.TraceContext;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Sends this worker's events and dead letters, with the trace context of the calling thread. */
public final class EventSender {
  private final EventLog log;
  private final String source;
  private final InstantSource clock;

  /**
   * @param clock tells the times of the events
   */
  public EventSender(EventLog log, String workerId, InstantSource clock) {
    this.log = log;
    this.source = "/diffstream/trainer-worker/" + workerId;
    this.clock = clock;
  }

  /** Returns when the broker has acknowledged. */
  public void send(Event event) {
    EventCodec.Encoded encoded =
        EventCodec.encode(
            new EventEnvelope<>(
                UUID.randomUUID().toString(),
                source,
                clock.instant(),
                TraceContext.inject(),
                event));
    log.publish(
        EventType.of(event).topic(),
        new Message(event.subject(), encoded.headers(), encoded.value()));
  }

  /**
   * The task event as it came, with the reason in its headers.
   *
   * @param control number of the newest control object of the run, where one ended it; else 0
   */
  void deadLetter(Received received, RunFailed failure, long control) {
    Map<String, String> reason = new HashMap<>();
    reason.put(DeadLetterHeaders.ERROR_CODE, failure.errorCode().name());
    reason.put(DeadLetterHeaders.ERROR_MESSAGE, failure.message());
    reason.put(DeadLetterHeaders.RUN_ID, failure.runId());
    reason.put(DeadLetterHeaders.ORIGIN, AdmissionHeaders.placeOf(received));
    if (control > 0) {
      reason.put(AdmissionHeaders.CONTROL, Long.toString(control));
    }
    new DeadLetters(log, Topics.TASKS_DEAD_LETTERS).send(received.toMessage(), reason);
  }

  /**
   * Sends the task event to the end of its queue, as it came: others get their turn before it is
   * delivered again. It stays the event of its first place.
   */
  void sendAgain(Received received) {
    List<Header> headers = new ArrayList<>(received.headerList());
    headers.removeIf(header -> header.name().equals(DeadLetterHeaders.ORIGIN));
    headers.add(Header.of(DeadLetterHeaders.ORIGIN, AdmissionHeaders.placeOf(received)));
    log.publish(received.topic(), received.toMessage().withHeaders(headers));
  }
}

package dev.diffstream.worker.run;

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
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;

/** Sends this worker's events and dead letters, with the trace context of the calling thread. */
public final class EventSender {
  private static final Pattern PLACE = Pattern.compile("[A-Za-z0-9._-]{1,249}/\\d{1,9}/\\d{1,18}");

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

  /** The task event as it came, with the reason in its headers. */
  void deadLetter(Received received, RunFailed failure) {
    new DeadLetters(log, Topics.TASKS_DEAD_LETTERS)
        .send(
            received.toMessage(),
            Map.of(
                DeadLetterHeaders.ERROR_CODE, failure.errorCode().name(),
                DeadLetterHeaders.ERROR_MESSAGE, failure.message(),
                DeadLetterHeaders.RUN_ID, failure.runId(),
                DeadLetterHeaders.ORIGIN, placeOf(received)));
  }

  /**
   * Sends the task event to the end of its queue, as it came: others get their turn before it is
   * delivered again. It stays the event of its first place.
   */
  void sendAgain(Received received) {
    List<Header> headers = new ArrayList<>(received.headerList());
    headers.removeIf(header -> header.name().equals(DeadLetterHeaders.ORIGIN));
    headers.add(Header.of(DeadLetterHeaders.ORIGIN, placeOf(received)));
    log.publish(received.topic(), received.toMessage().withHeaders(headers));
  }

  /** Where the event was sent first: {@code topic/partition/offset}. */
  static String placeOf(Received received) {
    String origin = received.headers().get(DeadLetterHeaders.ORIGIN);
    return origin != null && PLACE.matcher(origin).matches() ? origin : received.place();
  }
}

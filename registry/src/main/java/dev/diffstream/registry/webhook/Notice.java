package dev.diffstream.registry.webhook;

import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.event.AuditRecorded;
import dev.diffstream.schemas.event.Event;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.json.Json;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A CloudEvent in binary mode, for HTTP.
 *
 * @param headers {@code ce-…} and the content type
 * @param body the event's data
 */
record Notice(Instant time, Map<String, String> headers, byte[] body) {

  /** Of the records that others want to hear of: moves of aliases, and runs that failed. */
  static Optional<Notice> of(Received received) {
    EventEnvelope<? extends Event> event;
    try {
      event = EventCodec.decode(received.headers(), received.value());
    } catch (DiffstreamException e) {
      return Optional.empty(); // of a newer program, or not ours
    }
    boolean told = event.data() instanceof AuditRecorded || event.data() instanceof RunFailed;
    if (!told) {
      return Optional.empty();
    }
    Map<String, String> headers = new HashMap<>();
    headers.put("ce-specversion", "1.0");
    headers.put("ce-id", event.id());
    headers.put("ce-source", event.source());
    headers.put("ce-type", event.type().typeName());
    headers.put("ce-time", event.time().toString());
    headers.put("content-type", "application/json");
    return Optional.of(new Notice(event.time(), headers, Json.write(event.data())));
  }
}

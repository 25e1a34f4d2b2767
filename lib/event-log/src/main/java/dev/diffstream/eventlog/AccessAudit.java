package dev.diffstream.eventlog;

import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.AccessRecorded;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventCodec.Encoded;
import dev.diffstream.schemas.event.EventEnvelope;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;

/** Tells the audit topic of API keys and of what was refused. Thread-safe. */
public final class AccessAudit {
  private final EventLog log;
  private final String source;
  private final InstantSource clock;

  /**
   * @param source of the events: the program that tells
   */
  public AccessAudit(EventLog log, String source, InstantSource clock) {
    this.log = log;
    this.source = source;
    this.clock = clock;
  }

  public void send(AccessRecorded record) {
    Encoded encoded =
        EventCodec.encode(
            new EventEnvelope<>(
                "access-" + UUID.randomUUID(), source, clock.instant(), Map.of(), record));
    log.publish(Topics.AUDIT, new Message(record.subject(), encoded.headers(), encoded.value()));
  }
}

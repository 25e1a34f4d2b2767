package dev.diffstream.schemas.event;

/** The data of an event. */
public sealed interface Event permits TaskRelatedEvent, GatewayFarewell, AccessRecorded {

  /** What the event is about, its CloudEvents subject: a task's id, or a gateway's, or a key's. */
  String subject();
}

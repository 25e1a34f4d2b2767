package dev.diffstream.schemas.event;

/** The data of an event. */
public sealed interface Event permits TaskRelatedEvent, GatewayFarewell {

  /** What the event is about, its CloudEvents subject: a task's id, or a gateway's. */
  String subject();
}

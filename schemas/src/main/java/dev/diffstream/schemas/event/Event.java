package dev.diffstream.schemas.event;

/** The data of an event. */
public sealed interface Event
    permits TaskSubmitted,
        RunProgressed,
        RunFailed,
        DiffPublished,
        VersionAnnounced,
        GatewayResidency {
  /** The id of the task that this event is about: the record key, or its end, on every topic. */
  String taskId();
}

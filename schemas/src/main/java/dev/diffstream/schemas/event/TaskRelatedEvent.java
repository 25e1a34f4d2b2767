package dev.diffstream.schemas.event;

/** An event about one task. */
public sealed interface TaskRelatedEvent extends Event
    permits TaskSubmitted,
        RunProgressed,
        RunFailed,
        DiffPublished,
        VersionAnnounced,
        GatewayResidency,
        AuditRecorded,
        PredictionRequested,
        PredictionAnswered {
  /** The task's id: the record key, or its end, on every topic. */
  String taskId();

  @Override
  default String subject() {
    return taskId();
  }
}

package dev.diffstream.schemas.event;

import dev.diffstream.schemas.Topics;
import java.util.Arrays;
import java.util.Optional;

/** Every type of event, with its class, its topic and its schema. */
public enum EventType {
  TASK_SUBMITTED(
      "dev.diffstream.task.submitted.v1", TaskSubmitted.class, Topics.TASKS, "task-submitted.v1"),
  RUN_PROGRESSED(
      "dev.diffstream.run.progressed.v1", RunProgressed.class, Topics.RUNS, "run-progressed.v1"),
  RUN_FAILED("dev.diffstream.run.failed.v1", RunFailed.class, Topics.RUNS, "run-failed.v1"),
  DIFF_PUBLISHED(
      "dev.diffstream.diff.published.v1", DiffPublished.class, Topics.DIFFS, "diff-published.v1"),
  VERSION_ANNOUNCED(
      "dev.diffstream.version.announced.v1",
      VersionAnnounced.class,
      Topics.ANNOUNCEMENTS,
      "version-announced.v1"),
  GATEWAY_RESIDENCY(
      "dev.diffstream.gateway.residency.v1",
      GatewayResidency.class,
      Topics.RESIDENCY,
      "gateway-residency.v1"),
  GATEWAY_FAREWELL(
      "dev.diffstream.gateway.farewell.v1",
      GatewayFarewell.class,
      Topics.RESIDENCY,
      "gateway-farewell.v1"),
  AUDIT_RECORDED(
      "dev.diffstream.audit.recorded.v1", AuditRecorded.class, Topics.AUDIT, "audit-recorded.v1"),
  ACCESS_RECORDED(
      "dev.diffstream.access.recorded.v1",
      AccessRecorded.class,
      Topics.AUDIT,
      "access-recorded.v1"),
  PREDICTION_REQUESTED(
      "dev.diffstream.prediction.requested.v1",
      PredictionRequested.class,
      Topics.REQUESTS,
      "prediction-requested.v1"),
  PREDICTION_ANSWERED(
      "dev.diffstream.prediction.answered.v1",
      PredictionAnswered.class,
      Topics.PREDICTIONS,
      "prediction-answered.v1");

  private final String typeName;
  private final Class<? extends Event> dataClass;
  private final String topic;
  private final String schemaName;

  EventType(String typeName, Class<? extends Event> dataClass, String topic, String schemaName) {
    this.typeName = typeName;
    this.dataClass = dataClass;
    this.topic = topic;
    this.schemaName = schemaName;
  }

  /** The CloudEvents {@code type}. */
  public String typeName() {
    return typeName;
  }

  public Class<? extends Event> dataClass() {
    return dataClass;
  }

  public String topic() {
    return topic;
  }

  /** The resource {@code /dev/diffstream/schemas/<name>.schema.json}. */
  public String schemaResource() {
    return "/dev/diffstream/schemas/" + schemaName + ".schema.json";
  }

  public static Optional<EventType> named(String typeName) {
    return Arrays.stream(values()).filter(t -> t.typeName.equals(typeName)).findFirst();
  }

  public static EventType of(Event event) {
    return Arrays.stream(values())
        .filter(t -> t.dataClass.isInstance(event))
        .findFirst()
        .orElseThrow();
  }
}

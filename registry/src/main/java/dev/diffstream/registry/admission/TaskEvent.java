package dev.diffstream.registry.admission;

import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.telemetry.TraceContext;
import java.time.Instant;
import java.util.Map;

/**
 * A task event, as it stands in the topic of task events.
 *
 * @param place where it stands: {@code topic/partition/offset}; what its headers say of an earlier
 *     place is that of a dead letter which somebody has sent once more
 * @param message the record, to be sent on with all its bytes
 * @param time that the event gives
 */
record TaskEvent(
    String place,
    String runId,
    EventOrigin origin,
    TaskSubmitted task,
    Message message,
    Instant time) {

  /**
   * @throws dev.diffstream.schemas.DiffstreamException INVALID_EVENT if it cannot be read
   */
  static TaskEvent of(Received received) {
    EventEnvelope<TaskSubmitted> event =
        EventCodec.decode(received.headers(), received.value()).as(TaskSubmitted.class);
    String place = received.place();
    return new TaskEvent(
        place,
        RunIds.of(event.source(), event.id()),
        new EventOrigin(event.source(), event.id(), place),
        event.data(),
        received.toMessage(),
        event.time());
  }

  String taskId() {
    return task.taskId();
  }

  /** Who asked; empty where the event does not say. */
  String owner() {
    return task.owner() == null ? "" : task.owner();
  }

  int priority() {
    return task.priority() == null ? 0 : task.priority();
  }

  Map<String, String> trace() {
    return TraceContext.of(message.headers());
  }
}

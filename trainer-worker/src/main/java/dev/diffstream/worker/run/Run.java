package dev.diffstream.worker.run;

import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.TaskSubmitted;
import java.time.Instant;

/**
 * One execution of a task event.
 *
 * @param place of the event: {@code topic/partition/offset}
 * @param attempt counts from 1
 */
record Run(
    String id, EventEnvelope<TaskSubmitted> event, String place, int attempt, Instant started) {
  TaskSubmitted task() {
    return event.data();
  }
}

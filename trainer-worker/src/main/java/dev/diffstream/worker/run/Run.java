package dev.diffstream.worker.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.run.RunReportBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a task event.
 *
 * @param sent the event's data as it was sent, with fields that this program does not know
 * @param place of the event: {@code topic/partition/offset}
 * @param attempt counts from 1
 * @param admission number of the admission by which the event came; null: it came without one
 * @param guard says whether this worker may go on
 * @param report of this attempt, filled in as the run goes on, so that a run that fails late tells
 *     all that it found before
 */
public record Run(
    String id,
    EventEnvelope<TaskSubmitted> event,
    JsonNode sent,
    String place,
    long attempt,
    Instant started,
    @Nullable Long admission,
    RunGuard guard,
    RunReportBuilder report) {

  public TaskSubmitted task() {
    return event.data();
  }

  /** Adds a warning to the report, behind those that it has. */
  public void warn(String warning) {
    warn(List.of(warning));
  }

  public void warn(List<String> warnings) {
    List<String> all = new ArrayList<>(report.warnings());
    all.addAll(warnings);
    report.warnings(List.copyOf(all));
  }

  public EventOrigin origin() {
    return new EventOrigin(event.source(), event.id(), place);
  }
}

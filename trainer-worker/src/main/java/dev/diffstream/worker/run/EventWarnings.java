package dev.diffstream.worker.run;

import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.TaskSubmitted;
import java.util.ArrayList;
import java.util.List;

/** What a task event says that this worker does not act on, for the run report. */
final class EventWarnings {
  private static final int MAX_FIELDS = 20;

  private EventWarnings() {}

  /** Unknown fields in the event's order, then values without an effect. */
  static List<String> of(Received received, TaskSubmitted task) {
    List<String> warnings = new ArrayList<>();
    List<String> unknown = EventCodec.unknownFields(received.headers(), received.value());
    unknown.stream()
        .limit(MAX_FIELDS)
        .forEach(field -> warnings.add("unknown field was ignored: " + Bounded.value(field)));
    if (unknown.size() > MAX_FIELDS) {
      warnings.add("%d more unknown fields were ignored".formatted(unknown.size() - MAX_FIELDS));
    }
    if (task.start() != null && !task.start().equals("zero")) {
      warnings.add("start " + task.start() + " was ignored: learning starts at zero");
    }
    if ("auto".equals(task.policy())) {
      warnings.add("policy auto was ignored: the task is trained");
    }
    if ("fail".equals(task.onLongText())) {
      warnings.add("onLongText fail is an older name of refuse, and was taken for it");
    }
    return warnings;
  }
}

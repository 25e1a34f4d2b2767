package dev.diffstream.registry.intake;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.Header;
import dev.diffstream.schemas.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The headers of task events by place. The broker's dead-letter queue copies a record's key and
 * value but not its headers, where the event's name and trace stand; so they are read where the
 * event was sent. Belongs to the registrar's thread.
 */
public final class TaskEventHeaderIndex {
  private static final Duration WAIT = Duration.ofMillis(100);

  private final EventLog log;
  private final Map<String, List<Header>> headers = new HashMap<>();

  public TaskEventHeaderIndex(EventLog log) {
    this.log = log;
  }

  /**
   * The headers of the record at {@code place}, which must have been sent by now; empty if the
   * topic does not keep it any more.
   */
  public List<Header> headersAt(String place) {
    String topic = place.substring(0, place.indexOf('/'));
    if (!headers.containsKey(place)
        && (topic.equals(Topics.TASKS) || topic.startsWith(Topics.WORK_PREFIX))) {
      readToTheEnd(topic);
    }
    return headers.getOrDefault(place, List.of());
  }

  private void readToTheEnd(String topic) {
    try (Follower follower = log.follow(topic)) {
      while (!follower.caughtUp()) {
        for (Received received : follower.poll(WAIT)) {
          headers.put(received.place(), received.headerList());
        }
      }
    }
  }
}

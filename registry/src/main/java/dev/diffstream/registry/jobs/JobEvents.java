package dev.diffstream.registry.jobs;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.diffstream.registry.runs.ProgressHistory.Point;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.registry.runs.Submission;
import dev.diffstream.schemas.run.RunControl;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What happened to a job, newest first, from what the registry knows of its run. */
final class JobEvents {
  private final String job;
  private final List<JobEvent> events = new ArrayList<>();

  private JobEvents(String job) {
    this.job = job;
  }

  /**
   * An event, in the field names of its clients.
   *
   * @param id orders the events by time
   */
  record JobEvent(
      String id,
      String object,
      @JsonProperty("created_at") long createdAt,
      String level,
      String message,
      String type,
      @Nullable Map<String, Object> data) {}

  static List<JobEvent> of(
      RunView run, Submission event, List<Point> points, List<RunControl> controls) {
    JobEvents events = new JobEvents(Job.id(run.runId()));
    events.add(event.submitted(), 'a', 0, "info", "the job is queued for task " + run.taskId());
    points.forEach(events::add);
    for (RunControl control : controls) {
      events.add(
          control.created(),
          'n',
          control.number(),
          "info",
          control.actor() + " asked to " + control.action() + " the job");
    }
    events.addEnd(run);
    events.events.sort(Comparator.comparing(JobEvent::id).reversed());
    return events.events;
  }

  private void addEnd(RunView run) {
    if (run.version() > 0) {
      add(
          run.updated(),
          'z',
          0,
          "info",
          "the job succeeded: version %d of task %s".formatted(run.version(), run.taskId()));
    } else if (run.failure() != null) {
      add(
          run.updated(),
          'z',
          0,
          "error",
          run.failure().errorCode() + ": " + Objects.requireNonNull(run.failure()).message());
    }
  }

  private void add(Point point) {
    String message =
        "%s, step %d%s, %.0f %% done"
            .formatted(
                point.phase(),
                point.step(),
                point.loss() == null ? "" : String.format(Locale.ROOT, ", loss %.4f", point.loss()),
                100 * point.share());
    Map<String, Object> data =
        point.loss() == null
            ? Map.of("step", point.step())
            : Map.of("step", point.step(), "train_loss", point.loss());
    add(point.time(), 'm', point.step(), "info", message, "metrics", data);
  }

  private void add(Instant time, char kind, long number, String level, String message) {
    add(time, kind, number, level, message, "message", null);
  }

  private void add(
      Instant time,
      char kind,
      long number,
      String level,
      String message,
      String type,
      @Nullable Map<String, Object> data) {
    String id =
        "ftevent-%s-%013d%c%06d".formatted(job.substring(6), time.toEpochMilli(), kind, number);
    events.add(
        new JobEvent(
            id, "fine_tuning.job.event", time.getEpochSecond(), level, message, type, data));
  }
}

package dev.diffstream.cli.client;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.telemetry.TraceContext;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;

/** Uploads data under a task's own prefix and sends task events. */
public final class TaskSubmission {
  private static final String SOURCE = "/diffstream/cli";

  private final ObjectStore store;
  private final EventLog log;

  public TaskSubmission(ObjectStore store, EventLog log) {
    this.store = store;
    this.log = log;
  }

  /**
   * A file that was uploaded before under this key is replaced.
   *
   * @param key under the task's own prefix
   */
  public void upload(Path file, String key) {
    try (InputStream in = Files.newInputStream(file)) {
      upload(in, key);
    } catch (IOException e) {
      throw new DiffstreamException(ErrorCode.DATA_UNREADABLE, file + " cannot be read: " + e, e);
    }
  }

  public void upload(InputStream content, String key) {
    store.upload(key, content, Map.of());
  }

  /** The id of the run that an event of this id begins. */
  public static String runId(String eventId) {
    return RunIds.of(SOURCE, eventId);
  }

  /** Sends the event and returns the id of the run that it will begin. */
  public String submit(TaskSubmitted task, String eventId) {
    EventEnvelope<TaskSubmitted> envelope =
        new EventEnvelope<>(eventId, SOURCE, Instant.now(), TraceContext.inject(), task);
    EventCodec.Encoded encoded = EventCodec.encode(envelope);
    log.publish(
        Topics.TASKS, new EventLog.Message(task.taskId(), encoded.headers(), encoded.value()));
    return runId(eventId);
  }
}

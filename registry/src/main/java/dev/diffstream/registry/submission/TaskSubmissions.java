package dev.diffstream.registry.submission;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.Bounded;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventType;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.run.RunIds;
import java.io.InputStream;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Sends task events for callers of the registry, checked as every reader checks them. There is no
 * second way into learning: what is sent here stands in the topic of task events. Thread-safe.
 */
public final class TaskSubmissions {
  /** CloudEvents source of the events; their ids are the callers' request ids. */
  public static final String SOURCE = "/diffstream/api";

  private static final Pattern REQUEST_ID = Pattern.compile("[!-~]{1,128}");
  private static final Pattern UNUSUAL = Pattern.compile("[^A-Za-z0-9._-]");

  private final ObjectStore store;
  private final EventLog log;
  private final Predicate<String> isKnown;
  private final InstantSource clock;

  /**
   * @param isKnown whether a run is known: its event is not sent again
   */
  public TaskSubmissions(
      ObjectStore store, EventLog log, Predicate<String> isKnown, InstantSource clock) {
    this.store = store;
    this.log = log;
    this.isKnown = isKnown;
    this.clock = clock;
  }

  /**
   * What was sent.
   *
   * @param runId of the run that the event begins
   * @param eventId of the event, whose source is {@link #SOURCE}
   */
  public record Submitted(String runId, String taskId, String eventId) {}

  /** Whether the run that a request of this id begins is known. */
  public boolean isKnown(String requestId) {
    return isKnown.test(runId(requestId));
  }

  /** The id of the run that a request of this id begins. */
  public static String runId(String requestId) {
    return RunIds.of(SOURCE, requestId);
  }

  /**
   * Sends the event, unless a request of the same id did.
   *
   * @param event as its schema says
   * @throws DiffstreamException INVALID_REQUEST for what is no such event, DATA_UNREADABLE if an
   *     object that it names is not there
   */
  public Submitted submit(JsonNode event, String requestId, Map<String, String> trace) {
    if (!REQUEST_ID.matcher(requestId).matches()) {
      throw invalid(
          "the request id must be 1 to 128 visible ASCII characters, got: "
              + Bounded.value(requestId),
          null);
    }
    byte[] value = Json.write(event);
    Map<String, String> headers = headers(event, requestId, trace);
    TaskSubmitted task;
    try {
      task = EventCodec.decode(headers, value).as(TaskSubmitted.class).data();
    } catch (DiffstreamException e) {
      throw invalid(e.reason(), e);
    }
    checkData(task);
    String run = runId(requestId);
    if (!isKnown.test(run)) {
      log.publish(Topics.TASKS, new Message(task.taskId(), headers, value));
    }
    return new Submitted(run, task.taskId(), requestId);
  }

  /**
   * Puts a file under the task's own data, under a name of its own.
   *
   * @param part {@code train}, {@code dev} or {@code test}
   * @return its key
   */
  public String upload(
      TaskId task, String requestId, String part, String fileName, InputStream content) {
    String name = UNUSUAL.matcher(fileName).replaceAll("_");
    String ending = name.substring(Math.max(0, name.length() - 100));
    String key = ObjectKeys.data(task, runId(requestId).substring(4) + "-" + part + "-" + ending);
    store.upload(key, content, Map.of());
    return key;
  }

  /**
   * @throws DiffstreamException INVALID_REQUEST for an event that can name no files
   */
  public static void checkFiles(ObjectNode event) {
    if (event.has("data") && !event.path("data").isObject()) {
      throw invalid("data must be an object", null);
    }
  }

  /** The event with {@code key} as one of its files. */
  public static void name(ObjectNode event, String file, String key) {
    checkFiles(event);
    event.withObject("/data").put(file, key);
  }

  private Map<String, String> headers(JsonNode event, String requestId, Map<String, String> trace) {
    Map<String, String> headers = new HashMap<>(trace);
    headers.put("ce_specversion", "1.0");
    headers.put("ce_id", requestId);
    headers.put("ce_source", SOURCE);
    headers.put("ce_type", EventType.TASK_SUBMITTED.typeName());
    headers.put("ce_subject", event.path("taskId").asText());
    headers.put("ce_time", clock.instant().toString());
    headers.put("content-type", "application/json");
    return headers;
  }

  /** Objects of other buckets and prefixes are for the workers to judge. */
  private void checkData(TaskSubmitted task) {
    String prefix = ObjectKeys.dataPrefix(new TaskId(task.taskId()));
    List<String> uris = new ArrayList<>(task.data().train());
    Stream.of(task.data().dev(), task.data().test()).filter(Objects::nonNull).forEach(uris::add);
    for (String uri : uris) {
      if (uri.startsWith(prefix) && store.stat(uri).isEmpty()) {
        throw new DiffstreamException(
            ErrorCode.DATA_UNREADABLE, "no object " + Bounded.value(uri) + " in the bucket");
      }
    }
  }

  private static DiffstreamException invalid(String message, @Nullable Exception cause) {
    return new DiffstreamException(ErrorCode.INVALID_REQUEST, message, cause);
  }
}

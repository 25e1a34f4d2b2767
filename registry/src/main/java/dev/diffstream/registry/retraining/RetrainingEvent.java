package dev.diffstream.registry.retraining;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.registry.runs.StoredReports;
import dev.diffstream.registry.runs.StoredReports.StoredReport;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.correction.Retraining;
import dev.diffstream.schemas.correction.RetrainingRule;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventType;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.VersionRecord;
import java.util.Map;
import java.util.TreeMap;

/** The task event of a retraining: that of the champion, over its data and the corrections. */
final class RetrainingEvent {
  private RetrainingEvent() {}

  /**
   * @param corrections number of the newest one to learn from
   * @throws DiffstreamException NOT_READY if the champion's report does not hold its event,
   *     INVALID_EVENT if this program cannot send it again
   */
  static JsonNode data(
      StoredReports reports, VersionRecord champion, RetrainingRule rule, long corrections) {
    JsonNode asked =
        reports.find(champion.report()).map(StoredReport::report).map(r -> r.task()).orElse(null);
    if (!(asked instanceof ObjectNode original)) {
      throw new DiffstreamException(
          ErrorCode.NOT_READY,
          "the report %s does not hold the event of version %d: submit the task once more by hand"
              .formatted(champion.report(), champion.version()));
    }
    TaskId task = new TaskId(champion.taskId());
    ObjectNode event = original.deepCopy();
    event.put("taskId", task.value()).put("base", champion.baseDigest());
    train(event.withObject("/data"), task, corrections);
    gate(event, rule);
    EventCodec.decode(headers(task, "draft", ""), Json.write(event)).as(TaskSubmitted.class);
    return event;
  }

  /** Earlier corrections stand in the newest file too. */
  private static void train(ObjectNode data, TaskId task, long corrections) {
    JsonNode known = data.path("train");
    ArrayNode train = data.putArray("train");
    String earlier = ObjectKeys.correctionsPrefix(task);
    for (JsonNode uri : known.isArray() ? known : java.util.List.of(known)) {
      if (!uri.asText().contains(earlier)) {
        train.add(uri.asText());
      }
    }
    train.add(ObjectKeys.correctionsThrough(task, corrections));
  }

  private static void gate(ObjectNode event, RetrainingRule rule) {
    JsonNode known = event.path("gate");
    boolean overChampion = known.path("over").asText().equals("champion");
    ObjectNode gate = event.putObject("gate").put("over", "champion");
    if (rule.minGain() != null) {
      gate.put("minGain", rule.minGain());
    } else if (overChampion && known.path("minGain").isNumber()) {
      gate.set("minGain", known.get("minGain"));
    }
  }

  /** The same bytes, whoever makes them and whenever. */
  static Message message(Retraining retraining) {
    TaskId task = new TaskId(retraining.taskId());
    return new Message(
        task.value(),
        headers(task, retraining.eventId(), retraining.created().toString()),
        Json.write(retraining.event()));
  }

  private static Map<String, String> headers(TaskId task, String id, String time) {
    Map<String, String> headers = new TreeMap<>();
    headers.put("ce_specversion", "1.0");
    headers.put("ce_id", id);
    headers.put("ce_source", Retraining.SOURCE);
    headers.put("ce_type", EventType.TASK_SUBMITTED.typeName());
    headers.put("ce_subject", task.value());
    if (!time.isEmpty()) {
      headers.put("ce_time", time);
    }
    headers.put("content-type", "application/json");
    return headers;
  }
}

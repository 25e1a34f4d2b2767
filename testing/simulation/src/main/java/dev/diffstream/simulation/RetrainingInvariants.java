package dev.diffstream.simulation;

import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.correction.Correction;
import dev.diffstream.schemas.correction.Retraining;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.simulation.schedule.InvariantViolation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What holds of corrections, and of tasks that are learned again for them. */
final class RetrainingInvariants {
  private final ObjectStore store;
  private final Map<String, Long> lastCorrection = new HashMap<>();
  private final Set<String> requests = new HashSet<>();
  private final Map<String, Retraining> last = new HashMap<>();
  private final List<Retraining> all = new ArrayList<>();

  RetrainingInvariants(ObjectStore store) {
    this.store = store;
  }

  /** Numbers without a hole, one correction a request, and each is learned from once. */
  void check(TaskId task, String key, byte[] bytes) {
    ObjectKeys.number(ObjectKeys.correctionsPrefix(task), key)
        .ifPresent(number -> check(Json.read(bytes, Correction.class, key), number));
    ObjectKeys.number(ObjectKeys.retrainingsPrefix(task), key)
        .ifPresent(number -> check(Json.read(bytes, Retraining.class, key), number));
  }

  private void check(Correction correction, long number) {
    long before = lastCorrection.getOrDefault(correction.taskId(), 0L);
    if (number != before + 1 || correction.number() != number) {
      throw new InvariantViolation("correction", correction + " follows " + before);
    }
    lastCorrection.put(correction.taskId(), number);
    if (!requests.add(correction.taskId() + " " + correction.requestId())) {
      throw new InvariantViolation("correction", correction + " is the second of its request");
    }
  }

  private void check(Retraining retraining, long number) {
    Retraining before = last.put(retraining.taskId(), retraining);
    long expected = before == null ? 1 : before.number() + 1;
    if (number != expected || retraining.number() != number) {
      throw new InvariantViolation("retraining", retraining + " follows " + before);
    }
    if (before != null && retraining.corrections() <= before.corrections()) {
      throw new InvariantViolation("retraining", retraining + " learns nothing new");
    }
    TaskId task = new TaskId(retraining.taskId());
    if (store.stat(ObjectKeys.correctionsThrough(task, retraining.corrections())).isEmpty()) {
      throw new InvariantViolation("retraining", "there is no data of " + retraining);
    }
    all.add(retraining);
  }

  /** What is sent was decided before, and says what was decided. */
  void beforePublish(Message message) {
    Map<String, String> headers = message.headers();
    if (!Retraining.SOURCE.equals(headers.get("ce_source"))) {
      return;
    }
    String id = headers.getOrDefault("ce_id", "");
    TaskId task = new TaskId(headers.getOrDefault("ce_subject", ""));
    String key = ObjectKeys.retraining(task, Long.parseLong(id.substring(id.lastIndexOf('/') + 1)));
    byte[] decided =
        store
            .get(key, 1 << 20)
            .map(bytes -> Json.write(Json.read(bytes, Retraining.class, key).event()))
            .orElseThrow(() -> new InvariantViolation("retraining", id + " was sent undecided"));
    if (!Arrays.equals(decided, message.value())) {
      throw new InvariantViolation("retraining", id + " was sent otherwise than decided");
    }
  }

  /** In the order in which they were decided. */
  List<Retraining> all() {
    return all;
  }
}

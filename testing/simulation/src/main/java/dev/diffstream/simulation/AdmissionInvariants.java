package dev.diffstream.simulation;

import dev.diffstream.eventlog.AdmissionHeaders;
import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.Admission;
import dev.diffstream.simulation.base.TinyBase;
import dev.diffstream.simulation.schedule.InvariantViolation;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/** What holds of the decisions about waiting events: their order is one, and each event has one. */
final class AdmissionInvariants {
  private static final String PREFIX = ObjectKeys.admissionsPrefix(TinyBase.DIGEST);
  private static final Topics.Topic WORK = Topics.workTopic(TinyBase.DIGEST);

  private final ObjectStore store;
  private final Follower work;
  private final Map<String, Admission> lastOfPlace = new HashMap<>();
  private final Map<String, Long> lastOffset = new HashMap<>();
  private long last;

  AdmissionInvariants(ObjectStore store, EventLog log) {
    this.store = store;
    log.ensureTopic(WORK);
    this.work = log.follow(WORK.name());
  }

  /** I3, I4: numbers without a hole, and an event is admitted again only after a pause. */
  void check(String key, byte[] bytes) {
    OptionalLong number = ObjectKeys.number(PREFIX, key);
    if (number.isEmpty()) {
      return;
    }
    Admission admission = Json.read(bytes, Admission.class, key);
    last++;
    if (number.getAsLong() != last || admission.number() != last) {
      throw new InvariantViolation("I4", key + " is no successor of " + (last - 1));
    }
    Admission before = lastOfPlace.put(admission.event().place(), admission);
    boolean again =
        admission.kind().equals(Admission.RESUME) || admission.kind().equals(Admission.CANCEL);
    if (before != null && (!again || !before.admits())) {
      throw new InvariantViolation("I3", admission + " follows " + before);
    }
  }

  /** What is sent to the workers was decided before. */
  void beforePublish(String topic, Message message) {
    if (!topic.equals(WORK.name())) {
      return;
    }
    Map<String, String> headers = message.headers();
    String number = headers.getOrDefault(AdmissionHeaders.ADMISSION, "0");
    String key = ObjectKeys.admission(TinyBase.DIGEST, Long.parseLong(number));
    Admission admission =
        store
            .get(key, 1 << 20)
            .map(bytes -> Json.read(bytes, Admission.class, key))
            .orElseThrow(() -> new InvariantViolation("I3", "sent to the workers without " + key));
    String place = headers.getOrDefault("diffstream_origin", "nowhere");
    if (!admission.admits() || !admission.event().place().equals(place)) {
      throw new InvariantViolation("I3", "the event of " + place + " was sent by " + admission);
    }
  }

  /** Whether the event stands in the topic again, behind the given record. */
  boolean isSentAgain(String place, long offset) {
    for (Received received : work.poll(Duration.ZERO)) {
      lastOffset.put(AdmissionHeaders.placeOf(received), received.offset());
    }
    return lastOffset.getOrDefault(place, 0L) > offset;
  }
}

package dev.diffstream.simulation;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.correction.Retraining;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.Event;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.GatewayResidency.Certificate;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunProgressed;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Move;
import dev.diffstream.schemas.registry.Provisional;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.simulation.base.TinyQuota;
import dev.diffstream.simulation.schedule.InvariantViolation;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What must hold after every step, read off bucket and topics themselves, not off what a process
 * believes. Fails with an {@link InvariantViolation}.
 */
final class Invariants {
  private static final String ORIGIN = "diffstream_origin";

  private final ObjectStore store;
  private final EventLog log;
  private final Map<String, byte[]> seen = new HashMap<>();
  private final Set<String> written = new LinkedHashSet<>();
  private final Map<String, NavigableMap<Long, VersionRecord>> versions = new TreeMap<>();
  private final Map<String, NavigableMap<Long, AliasGeneration>> aliases = new TreeMap<>();
  private final Map<String, String> versionOfEvent = new HashMap<>();
  private final Set<String> requestIds = new HashSet<>();
  private final Set<String> provisionalRuns = new HashSet<>();
  private final Set<String> publishedRuns = new HashSet<>();
  private final Set<String> failedRuns = new HashSet<>();
  private final Set<String> pausedRuns = new HashSet<>();
  private final TinyQuota quota;
  private final AdmissionInvariants admissions;
  private final RetrainingInvariants retrainings;
  private long certificates;
  private final Follower diffs;
  private final Follower runs;

  Invariants(ObjectStore store, EventLog log, TinyQuota quota) {
    this.store = store;
    this.quota = quota;
    this.log = log;
    this.diffs = log.follow(Topics.DIFFS);
    this.runs = log.follow(Topics.RUNS);
    this.admissions = new AdmissionInvariants(store, log);
    this.retrainings = new RetrainingInvariants(store);
  }

  void check() {
    readTopics();
    List<String> keys = List.copyOf(written);
    written.clear();
    keys.stream().filter(Invariants::isImmutable).forEach(this::checkObject);
  }

  /** To be called after every write or removal of an object, whoever made it. */
  void onWrite(String key) {
    written.add(key);
  }

  private static boolean isImmutable(String key) {
    if (key.contains("/data/corrections/")) {
      return true;
    }
    return !key.contains("/data/")
        && !key.contains("/checkpoints/")
        && !key.startsWith(ObjectKeys.snapshotsPrefix()); // old ones are removed
  }

  /** I1, I3, I4: what was written once never changes. */
  private void checkObject(String key) {
    byte[] bytes =
        store.get(key, 1 << 20).orElseThrow(() -> new InvariantViolation("I4", key + " is gone"));
    byte[] before = seen.get(key);
    if (before != null) {
      if (!Arrays.equals(before, bytes)) {
        throw new InvariantViolation(key.startsWith("diffs/") ? "I1" : "I4", key + " has changed");
      }
      return;
    }
    seen.put(key, bytes);
    if (key.startsWith("diffs/sha256/") && !key.endsWith(Sha256.of(bytes))) {
      throw new InvariantViolation("I1", key + " is not the hash of its bytes");
    }
    admissions.check(key, bytes);
    TaskId task = ObjectKeys.taskOf(key);
    if (task != null) {
      retrainings.check(task, key, bytes);
      ObjectKeys.number(ObjectKeys.versionsPrefix(task), key)
          .ifPresent(number -> checkVersion(Json.read(bytes, VersionRecord.class, key), number));
      ObjectKeys.number(ObjectKeys.aliasesPrefix(task), key)
          .ifPresent(number -> checkAliases(Json.read(bytes, AliasGeneration.class, key), number));
    }
  }

  private void checkVersion(VersionRecord version, long number) {
    NavigableMap<Long, VersionRecord> before =
        versions.computeIfAbsent(version.taskId(), task -> new TreeMap<>());
    long expected = before.isEmpty() ? 1 : before.lastKey() + 1;
    if (number != expected || version.version() != number) {
      throw new InvariantViolation(
          "I4", "version " + number + " of " + version.taskId() + ", expected " + expected);
    }
    before.put(number, version);
    quota.check(keptBytes());
    String event = version.event().source() + "\n" + version.event().id();
    String other = versionOfEvent.put(event, version.taskId() + "/" + number);
    if (other != null) {
      throw new InvariantViolation(
          "I3", "event " + event + " gave " + other + " and " + version.taskId() + "/" + number);
    }
    String report = seenOrStored(version.report());
    if (!report.equals(version.reportDigest())) {
      throw new InvariantViolation("I3", "the report of " + version + " is another than it names");
    }
    if (store.stat(ObjectKeys.diff(version.digest())).isEmpty()) {
      throw new InvariantViolation("I2", "there is no diff of " + version);
    }
  }

  private String seenOrStored(String key) {
    return store.get(key, 1 << 24).map(Sha256::of).orElse("no object");
  }

  private void checkAliases(AliasGeneration generation, long number) {
    NavigableMap<Long, AliasGeneration> before =
        aliases.computeIfAbsent(generation.taskId(), task -> new TreeMap<>());
    long expected = before.isEmpty() ? 1 : before.lastKey() + 1;
    if (number != expected || generation.generation() != number) {
      throw new InvariantViolation(
          "I4", "generation " + number + " of " + generation.taskId() + ", expected " + expected);
    }
    if (!before.isEmpty() && championMovedBack(before.lastEntry().getValue(), generation)) {
      throw new InvariantViolation("I4", "an older version moved an alias: " + generation);
    }
    if (generation.champion() != null && generation.provisional() != null) {
      throw new InvariantViolation("I4", "a provisional beside a champion: " + generation);
    }
    before.put(number, generation);
    checkProvisionalTurn(generation);
    String request = generation.move() == null ? null : generation.move().requestId();
    if (request != null && !requestIds.add(generation.taskId() + "/" + request)) {
      throw new InvariantViolation("I4", "a request made two generations: " + generation);
    }
    for (AliasTarget target : generation.aliases().values()) {
      VersionRecord version = version(generation.taskId(), target.version());
      if (version == null || !version.digest().equals(target.digest())) {
        throw new InvariantViolation("I4", "no version of " + target + " in " + generation);
      }
    }
  }

  /** What was withdrawn does not come back by itself. */
  private void checkProvisionalTurn(AliasGeneration generation) {
    Move move = generation.move();
    if (move != null
        && move.kind().equals(Move.PROVISIONAL)
        && !provisionalRuns.add(String.valueOf(move.runId()))) {
      throw new InvariantViolation("I4", "a run's provisional came twice: " + generation);
    }
  }

  /** Generations that named a provisional. */
  long provisionals() {
    return provisionalRuns.size();
  }

  private static boolean championMovedBack(AliasGeneration before, AliasGeneration now) {
    return now.decidedThrough() < before.decidedThrough()
        || now.decidedThrough() == before.decidedThrough()
            && !Objects.equals(before.champion(), now.champion())
            && !isAskedFor(before, now);
  }

  /**
   * By a person, or to the version before, since a gateway has said that the champion answers
   * badly.
   */
  private static boolean isAskedFor(AliasGeneration before, AliasGeneration now) {
    Move move = now.move();
    return move != null
        && (move.requestId() != null
            || move.kind().equals(Move.ROLL_BACK)
                && Objects.equals(before.aliases().get(AliasGeneration.PREVIOUS), now.champion()));
  }

  private @Nullable VersionRecord version(String task, long number) {
    String key = ObjectKeys.version(new TaskId(task), number);
    return store
        .get(key, 1 << 20)
        .map(bytes -> Json.read(bytes, VersionRecord.class, key))
        .orElse(null);
  }

  /** I2 and I5: what is announced is there. */
  void beforePublish(String topic, Message message) {
    admissions.beforePublish(topic, message);
    if (topic.equals(Topics.TASKS)) {
      retrainings.beforePublish(message);
    }
    Event event = decoded(message.headers(), message.value());
    if (event instanceof DiffPublished published) {
      Optional<byte[]> diff = store.get(ObjectKeys.diff(published.digest()), 1 << 20);
      if (diff.isEmpty()) {
        throw new InvariantViolation("I2", "announced before it is durable: " + published);
      }
      if (store.stat(published.report()).isEmpty()) {
        throw new InvariantViolation("I3", "announced before its report: " + published);
      }
    }
    if (event instanceof GatewayResidency word) {
      checkCertificate(word);
    }
    if (event instanceof VersionAnnounced announced && topic.equals(Topics.ANNOUNCEMENTS)) {
      String key = ObjectKeys.aliases(new TaskId(announced.taskId()), announced.generation());
      AliasGeneration object =
          store
              .get(key, 1 << 20)
              .map(bytes -> Json.read(bytes, AliasGeneration.class, key))
              .orElseThrow(
                  () -> new InvariantViolation("I5", "announced before its object: " + announced));
      if (!object.aliases().equals(announced.aliases())
          || !Objects.equals(object.provisional(), announced.provisional())) {
        throw new InvariantViolation("I5", announced + " is another than " + object);
      }
    }
  }

  /** A new version changes no other task's answers. */
  private void checkCertificate(GatewayResidency word) {
    Certificate certificate = word.certificate();
    if (certificate == null) {
      return;
    }
    if (!certificate.different().isEmpty() || certificate.equal() != certificate.tasks()) {
      throw new InvariantViolation("certificate", "other tasks were changed: " + word);
    }
    certificates += certificate.tasks() > 0 ? 1 : 0;
  }

  /** Words whose certificate compares at least one other task. */
  long certificates() {
    return certificates;
  }

  /** I3: what is acknowledged has its outcome on the broker. */
  void beforeAccept(Received received) {
    readTopics();
    String place = placeOf(received);
    EventCodec.EventName name = EventCodec.nameOf(received.headers(), received.value());
    String byPlace = RunIds.ofPlace(place);
    String byName = name == null ? byPlace : RunIds.of(name.source(), name.id());
    boolean settled =
        publishedRuns.contains(byName)
            || failedRuns.contains(byName)
            || failedRuns.contains(byPlace)
            || pausedRuns.contains(byName)
            || admissions.isSentAgain(place, received.offset());
    if (!settled) {
      throw new InvariantViolation("I3", received.place() + " is acknowledged without an outcome");
    }
  }

  static String placeOf(Received received) {
    return received.headers().getOrDefault(ORIGIN, received.place());
  }

  /** I6: what a gateway serves as of a generation is what that generation names. */
  void checkServed(String gateway, String task, long generation, String digest) {
    String key = ObjectKeys.aliases(new TaskId(task), generation);
    AliasGeneration object =
        store
            .get(key, 1 << 20)
            .map(bytes -> Json.read(bytes, AliasGeneration.class, key))
            .orElseThrow(
                () ->
                    new InvariantViolation("I5", gateway + " knows of " + key + ", which is not"));
    Provisional head = object.provisional();
    boolean serves =
        (head != null && head.digest().equals(digest))
            || object.aliases().entrySet().stream()
                .filter(alias -> !alias.getKey().equals(AliasGeneration.CANDIDATE))
                .anyMatch(alias -> alias.getValue().digest().equals(digest));
    if (!serves) {
      throw new InvariantViolation(
          "I6", gateway + " serves " + digest + " of task " + task + ", not of " + object);
    }
  }

  /** The tasks whose announcement stands on the topic now, with its generation. */
  Map<String, Long> announcedTasks() {
    Map<String, Long> announced = new HashMap<>();
    try (Follower follower = log.follow(Topics.ANNOUNCEMENTS)) {
      while (!follower.caughtUp()) {
        for (Received record : follower.poll(Duration.ZERO)) {
          if (decoded(record.headers(), record.value()) instanceof VersionAnnounced known) {
            announced.put(known.taskId(), known.generation());
          }
        }
      }
    }
    return announced;
  }

  /** Whether the task has had a champion in this generation and in all that followed. */
  boolean isServedSince(String task, long generation) {
    NavigableMap<Long, AliasGeneration> log = aliases.get(task);
    return log != null
        && log.tailMap(generation, true).values().stream().allMatch(g -> g.champion() != null);
  }

  private void readTopics() {
    for (Received record : diffs.poll(Duration.ZERO)) {
      if (decoded(record.headers(), record.value()) instanceof DiffPublished published
          && published.claimsVersion()) {
        publishedRuns.add(published.runId());
      }
    }
    for (Received record : runs.poll(Duration.ZERO)) {
      Event event = decoded(record.headers(), record.value());
      if (event instanceof RunFailed failed) {
        failedRuns.add(failed.runId());
      }
      if (event instanceof RunProgressed progress && progress.phase() == Phase.PAUSED) {
        pausedRuns.add(progress.runId());
      }
    }
  }

  /** Null where the record cannot be read. */
  static @Nullable Event decoded(Map<String, String> headers, byte[] value) {
    try {
      return EventCodec.decode(headers, value).data();
    } catch (DiffstreamException unreadable) {
      return null;
    }
  }

  List<Retraining> retrainings() {
    return retrainings.all();
  }

  Map<String, NavigableMap<Long, AliasGeneration>> aliases() {
    return aliases;
  }

  /** Whether the events that wait do so until somebody deletes versions. */
  boolean isFull() {
    return quota.holdsBackForGood(keptBytes());
  }

  private long keptBytes() {
    return versions.values().stream()
        .flatMap(ofTask -> ofTask.values().stream())
        .mapToLong(VersionRecord::bytes)
        .sum();
  }

  boolean hasVersion(String source, String id) {
    return versionOfEvent.containsKey(source + "\n" + id);
  }

  boolean hasFailed(String runId) {
    readTopics();
    return failedRuns.contains(runId);
  }
}

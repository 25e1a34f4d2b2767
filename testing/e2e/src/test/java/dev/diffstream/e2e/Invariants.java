package dev.diffstream.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.Event;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.run.RunOutcome;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.signature.TrustedKeys;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The design's invariants, read off the bucket and the topics from outside; each is a named check.
 */
final class Invariants {
  private static final long MAX = 1L << 28;

  private final ObjectStore store;
  private final EventLog log;
  private final TrustedKeys trustedKeys;

  Invariants(ObjectStore store, EventLog log, TrustedKeys trustedKeys) {
    this.store = store;
    this.log = log;
    this.trustedKeys = trustedKeys;
  }

  void checkAll() {
    i1DiffKeysAreHashesOfTheirBytes();
    i2PublishedDiffsAreDurable();
    i3OneEventGivesAtMostOneVersion();
    i3VersionsNameTheirReports();
    i4VersionsAndAliasesAreNumberedWithoutGaps();
    i5AnnouncementsHaveTheirObjects();
    i6VersionsBindTheBaseOfTheirDiff();
  }

  void i1DiffKeysAreHashesOfTheirBytes() {
    for (String key : keys("diffs/sha256/")) {
      String name = key.substring("diffs/sha256/".length());
      if (Sha256.isValid(name)) {
        assertThat(Sha256.of(bytes(key))).as("I1 %s", key).isEqualTo(name);
      }
    }
  }

  void i2PublishedDiffsAreDurable() {
    for (Event event : events(Topics.DIFFS)) {
      DiffPublished published = (DiffPublished) event;
      assertThat(store.stat(ObjectKeys.diff(published.digest())))
          .as("I2 %s", published)
          .isPresent();
      trustedKeys.check(published.digest(), store::get);
    }
  }

  void i3OneEventGivesAtMostOneVersion() {
    Map<String, VersionRecord> byEvent = new HashMap<>();
    for (VersionRecord version : versions()) {
      VersionRecord other =
          byEvent.put(version.event().source() + "\n" + version.event().id(), version);
      assertThat(other).as("I3: %s and %s come from one event", version, other).isNull();
    }
  }

  void i4VersionsAndAliasesAreNumberedWithoutGaps() {
    Map<String, Long> highest = new HashMap<>();
    Map<String, Long> count = new HashMap<>();
    for (VersionRecord version : versions()) {
      highest.merge(version.taskId(), version.version(), Math::max);
      count.merge(version.taskId(), 1L, Long::sum);
    }
    assertThat(count).as("I4: version numbers without gaps").isEqualTo(highest);
  }

  void i5AnnouncementsHaveTheirObjects() {
    for (Event event : events(Topics.ANNOUNCEMENTS)) {
      VersionAnnounced announced = (VersionAnnounced) event;
      String key = ObjectKeys.aliases(new TaskId(announced.taskId()), announced.generation());
      assertThat(store.stat(key)).as("I5 %s", announced).isPresent();
      assertThat(Json.read(bytes(key), AliasGeneration.class, key).aliases())
          .as("I5 %s", key)
          .isEqualTo(announced.aliases());
    }
  }

  void i6VersionsBindTheBaseOfTheirDiff() {
    for (VersionRecord version : versions()) {
      assertThat(DiffReader.read(bytes(ObjectKeys.diff(version.digest()))).metadata().baseDigest())
          .as("I6 %s", version)
          .isEqualTo(version.baseDigest());
    }
  }

  /** The report of the attempt that published, or of the last one that ended. */
  Optional<RunReport> report(String runId) {
    List<RunReport> reports =
        keys(ObjectKeys.attemptsPrefix(runId)).stream()
            .filter(key -> ObjectKeys.reportKey(key).isPresent())
            .map(key -> Json.read(bytes(key), RunReport.class, key))
            .toList();
    return reports.stream()
        .filter(RunReport::hasPublished)
        .findFirst()
        .or(() -> reports.isEmpty() ? Optional.empty() : Optional.of(reports.getLast()));
  }

  /** Why a run failed: by a worker's report, or by the registry's outcome. */
  Optional<FailureCode> failureCode(String runId) {
    return report(runId)
        .map(RunReport::failure)
        .map(RunReport.Failure::errorCode)
        .or(
            () -> {
              String key = ObjectKeys.outcome(runId);
              return store
                  .get(key, 1 << 20)
                  .map(bytes -> Json.read(bytes, RunOutcome.class, key).errorCode());
            });
  }

  /** The report that a version names is the one that the registry read. */
  void i3VersionsNameTheirReports() {
    for (VersionRecord version : versions()) {
      assertThat(Sha256.of(bytes(version.report())))
          .as("I3: the report of %s", version)
          .isEqualTo(version.reportDigest());
    }
  }

  List<VersionRecord> versions() {
    List<VersionRecord> versions = new ArrayList<>();
    for (String key : keys("tasks/")) {
      TaskId task = ObjectKeys.taskOf(key);
      if (task != null && ObjectKeys.number(ObjectKeys.versionsPrefix(task), key).isPresent()) {
        versions.add(Json.read(bytes(key), VersionRecord.class, key));
      }
    }
    return versions;
  }

  List<VersionRecord> versions(String task) {
    return versions().stream().filter(version -> version.taskId().equals(task)).toList();
  }

  List<Event> events(String topic) {
    return records(topic).stream()
        .<Event>map(record -> EventCodec.decode(record.headers(), record.value()).data())
        .toList();
  }

  /** Every record that stands in the topic now. */
  List<Received> records(String topic) {
    List<Received> records = new ArrayList<>();
    try (Follower follower = log.follow(topic)) {
      while (!follower.caughtUp()) {
        records.addAll(follower.poll(Duration.ofMillis(200)));
      }
    }
    return records;
  }

  List<String> keys(String prefix) {
    try (Stream<String> keys = store.list(prefix)) {
      return keys.toList();
    }
  }

  byte[] bytes(String key) {
    return store.get(key, MAX).orElseThrow(() -> new AssertionError("no object " + key));
  }
}

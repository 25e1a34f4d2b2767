package dev.diffstream.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.cli.client.TaskSubmission;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.Event;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.VersionRecord;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What became of the events that a sender sent, read off bucket and topics from outside. */
final class Outcomes {
  private final Invariants invariants;
  private final TaskSender sender;

  Outcomes(Invariants invariants, TaskSender sender) {
    this.invariants = invariants;
    this.sender = sender;
  }

  /** Whether every event has become a version, or a failure with its dead letter. */
  boolean complete() {
    Set<String> ended = new HashSet<>();
    invariants.versions().forEach(version -> ended.add(version.runId()));
    Set<String> failed = failedRuns();
    deadLetteredRuns().stream().filter(failed::contains).forEach(ended::add);
    return ended.containsAll(runs());
  }

  /** Events without an outcome so far. */
  long open() {
    Set<String> ended = failedRuns();
    invariants.versions().forEach(version -> ended.add(version.runId()));
    return runs().stream().filter(run -> !ended.contains(run)).count();
  }

  private Set<String> runs() {
    return sender.sent().keySet().stream().map(TaskSubmission::runId).collect(Collectors.toSet());
  }

  private Set<String> failedRuns() {
    Set<String> failed = new HashSet<>();
    for (Event event : invariants.events(Topics.RUNS)) {
      if (event instanceof RunFailed failure) {
        failed.add(failure.runId());
      }
    }
    return failed;
  }

  private List<String> deadLetteredRuns() {
    return invariants.records(Topics.TASKS_DEAD_LETTERS).stream()
        .map(letter -> letter.headers().getOrDefault("diffstream_run_id", ""))
        .toList();
  }

  /** 0 lost, 0 double, the same bytes for the same work. */
  void check(ObjectStore store) {
    Map<String, VersionRecord> versions = versionsByEvent();
    Set<String> failed = failedRuns();
    sender
        .sent()
        .forEach(
            (id, kind) -> {
              assertThat(versions.containsKey(id))
                  .as("%s of %s has a version", id, kind)
                  .isEqualTo(kind.publishes());
              assertThat(failed.contains(TaskSubmission.runId(id)))
                  .as("%s of %s has failed", id, kind)
                  .isEqualTo(!kind.publishes());
            });
    assertThat(versions.keySet()).isSubsetOf(sender.sent().keySet());
    oneDigestForOneKind(versions);
    deadLettersAreOfBadEvents();
    announcementsEndAtTheNewestGenerations();
    versions.values().forEach(v -> assertThat(store.stat(ObjectKeys.diff(v.digest()))).isPresent());
  }

  private Map<String, VersionRecord> versionsByEvent() {
    Map<String, VersionRecord> versions = new HashMap<>();
    for (VersionRecord version : invariants.versions()) {
      assertThat(versions.put(String.valueOf(version.event().id()), version))
          .as("another version of the event of %s", version)
          .isNull();
    }
    return versions;
  }

  private void oneDigestForOneKind(Map<String, VersionRecord> versions) {
    Map<TaskKind, Set<String>> digests = new HashMap<>();
    versions.forEach(
        (id, version) ->
            digests
                .computeIfAbsent(
                    java.util.Objects.requireNonNull(sender.sent().get(id)), k -> new HashSet<>())
                .add(version.digest()));
    digests.forEach((kind, all) -> assertThat(all).as("digests of %s", kind).hasSize(1));
    assertThat(digests.keySet()).containsAll(TaskKind.publishing());
  }

  /** An event that stands in the topic twice is refused the second time. */
  private void deadLettersAreOfBadEvents() {
    for (Received letter : invariants.records(Topics.TASKS_DEAD_LETTERS)) {
      Map<String, String> headers = letter.headers();
      String id = headers.getOrDefault("ce_id", "");
      TaskKind kind = java.util.Objects.requireNonNull(sender.sent().get(id));
      if (kind.publishes()) {
        assertThat(headers.get("diffstream_error_message")).contains("duplicate event id: " + id);
        assertThat(sender.wasSentAgain(id)).as("%s was sent again", id).isTrue();
      } else {
        assertThat(headers)
            .containsEntry("diffstream_error_code", ErrorCode.DATA_UNREADABLE.name());
      }
    }
  }

  private void announcementsEndAtTheNewestGenerations() {
    Map<String, VersionAnnounced> last = new HashMap<>();
    for (Received record : invariants.records(Topics.ANNOUNCEMENTS)) {
      VersionAnnounced announced =
          EventCodec.decode(record.headers(), record.value()).as(VersionAnnounced.class).data();
      last.put(announced.taskId(), announced);
    }
    assertThat(last.keySet()).containsExactlyInAnyOrderElementsOf(TaskKind.servedTasks());
    last.forEach((task, announced) -> assertThat(announced.generation()).isEqualTo(newest(task)));
  }

  /** The highest generation of the task's alias objects. */
  long newest(String task) {
    String key = invariants.keys(ObjectKeys.aliasesPrefix(new TaskId(task))).getLast();
    return Json.read(invariants.bytes(key), AliasGeneration.class, key).generation();
  }

  /** Whether every announcement has been made that the bucket asks for. */
  boolean announced() {
    Map<String, Long> generations = new HashMap<>();
    for (Event event : invariants.events(Topics.ANNOUNCEMENTS)) {
      VersionAnnounced announced = (VersionAnnounced) event;
      generations.merge(announced.taskId(), announced.generation(), Math::max);
    }
    return TaskKind.servedTasks().stream()
        .allMatch(task -> Long.valueOf(newest(task)).equals(generations.get(task)));
  }

  /** Runs that more than one attempt was needed for. */
  long interrupted() {
    return runs().stream()
        .filter(
            run -> {
              String attempts = ObjectKeys.attemptsPrefix(run);
              return invariants.keys(attempts).stream()
                      .filter(key -> ObjectKeys.number(attempts, key).isPresent())
                      .count()
                  > 1;
            })
        .count();
  }

  long deadLetters() {
    return deadLetteredRuns().size();
  }
}

package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.registry.catalog.AliasLog;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.telemetry.RegistryCounters;
import dev.diffstream.registry.telemetry.RegistrySpans;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.run.AttemptBegun;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.run.RunReportBuilder;
import dev.diffstream.service.Quarantine;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** One record, object or task never stops the others. */
class SetAsideTest {
  private static final String WORK = Topics.work(InMemoryBackends.BASE);
  private static final int[] POSITIONS = {3, 8};
  private static final TaskId SONGS = new TaskId("songs");
  private static final TaskId REVIEWS = new TaskId("reviews");

  private final InMemoryBackends backends = new InMemoryBackends();

  /** Keys that the store cannot read now. */
  private final Set<String> unreadable = new HashSet<>();

  private Instant now = InMemoryBackends.NOW;

  @Test
  void aStoreThatCannotReadOneDiffHoldsBackItsTaskAloneAndInOrder() {
    DiffPublished first = publish("songs", "e1", 0.7);
    publish("songs", "e2", 0.8);
    publish("reviews", "e3", 0.9);
    unreadable.add(ObjectKeys.diff(first.digest()));
    try (Registrar registrar = registrar()) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
      assertThat(versions(REVIEWS)).hasSize(1);
      assertThat(versions(SONGS)).isEmpty();
      assertThat(registrar.quarantine().entries(10))
          .singleElement()
          .satisfies(
              entry -> {
                assertThat(entry.key()).startsWith(Topics.DIFFS + "/");
                assertThat(entry.code()).isEqualTo(ErrorCode.OVERLOADED);
                assertThat(entry.nextTry()).isAfter(now);
              });
      publish("reviews", "e4", 0.95);
      registrar.step(Duration.ZERO);
      assertThat(versions(REVIEWS)).hasSize(2);

      unreadable.clear();
      registrar.step(Duration.ZERO);
      assertThat(versions(SONGS)).as("it waits for its time").isEmpty();
      now = now.plus(Duration.ofMinutes(10));
      registrar.step(Duration.ZERO);
      assertThat(versions(SONGS)).extracting(v -> v.event().id()).containsExactly("e1", "e2");
      assertThat(registrar.quarantine().size()).isZero();
    }
  }

  @Test
  void aBrokenVersionObjectIsShownAndTriedAgainAtTheSweep() {
    String key = ObjectKeys.version(SONGS, 1);
    backends.store.put(key, "{\"taskId\":\"songs\"}".getBytes(), Map.of());
    publish("songs", "e1", 0.9);
    publish("reviews", "e2", 0.9);
    try (Registrar registrar = registrar()) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
      assertThat(versions(REVIEWS)).hasSize(1);
      List<Quarantine.Entry> entries = registrar.quarantine().entries(10);
      assertThat(entries).extracting(Quarantine.Entry::key).contains("tasks/songs/");
      assertThat(entries).allSatisfy(entry -> assertThat(entry.nextTry()).isNull());
      assertThat(entries).allSatisfy(entry -> assertThat(entry.reason()).contains(key));
      now = now.plus(Registrar.SWEEP_INTERVAL).minusMillis(1);
      registrar.step(Duration.ZERO);
      assertThat(registrar.quarantine().entries(10))
          .as("not before the sweep")
          .allSatisfy(entry -> assertThat(entry.attempts()).isEqualTo(1));
      now = now.plus(Duration.ofDays(1));
      registrar.step(Duration.ZERO);
      registrar.step(Duration.ZERO);
      assertThat(registrar.quarantine().entries(10))
          .as("once at the sweep, not in a loop")
          .hasSameSizeAs(entries)
          .allSatisfy(entry -> assertThat(entry.attempts()).isEqualTo(2));

      backends.store.delete(key);
      now = now.plus(Registrar.SWEEP_INTERVAL);
      registrar.step(Duration.ZERO);
      assertThat(versions(SONGS)).hasSize(1);
      assertThat(registrar.quarantine().size()).isZero();
    }
  }

  /** Nothing on a topic tells of it, and no registry starts. */
  @Test
  void whatARegistryWroteBeforeItDiedIsFoundInASweepAndAnnounced() {
    publish("reviews", "e1", 0.8);
    InMemoryBackends other = new InMemoryBackends();
    other.publish("reviews", "e1", InMemoryBackends.diff("reviews", POSITIONS, 0.8));
    other.publish("reviews", "e2", InMemoryBackends.diff("reviews", POSITIONS, 0.9));
    try (Registrar registrar = registrar();
        Registrar dying = registrar(other)) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
      assertThat(dying.recover(Duration.ZERO)).isTrue();
      copy(other.store.list(ObjectKeys.versionsPrefix(REVIEWS)), other);
      copy(other.store.list(ObjectKeys.aliasesPrefix(REVIEWS)), other);

      registrar.step(Duration.ZERO);
      assertThat(backends.records(Topics.ANNOUNCEMENTS)).hasSize(1);
      now = now.plus(Registrar.SWEEP_INTERVAL);
      registrar.step(Duration.ZERO);
      registrar.step(Duration.ZERO);
      assertThat(backends.records(Topics.ANNOUNCEMENTS)).hasSize(2);
      assertThat(registrar.snapshot().tasks())
          .hasEntrySatisfying("reviews", task -> assertThat(task.generation()).isEqualTo(2));
    }
  }

  private void copy(java.util.stream.Stream<String> keys, InMemoryBackends from) {
    try (keys) {
      keys.forEach(
          key -> backends.store.put(key, from.store.get(key, 1 << 20).orElseThrow(), Map.of()));
    }
  }

  @Test
  void anEventFromBeforeAMissingVersionMakesNoNewerOne() {
    publish("reviews", "e1", 0.8);
    publish("reviews", "e2", 0.9);
    run();
    backends.store.delete(ObjectKeys.version(REVIEWS, 1));
    try (Registrar registrar = registrar()) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
      assertThat(versions(REVIEWS)).extracting(VersionRecord::version).containsExactly(2L);
      assertThat(champion(REVIEWS)).isEqualTo(2);
      assertThat(registrar.quarantine().find(ObjectKeys.version(REVIEWS, 1)))
          .hasValueSatisfying(hole -> assertThat(hole.reason()).contains("gone"));
      publish("reviews", "e3", 0.95);
      registrar.step(Duration.ZERO);
      assertThat(versions(REVIEWS)).extracting(VersionRecord::version).containsExactly(2L, 3L);
      assertThat(champion(REVIEWS)).isEqualTo(3);
    }
  }

  @Test
  void aMissingNewestVersionIsNotGivenOutAgain() {
    publish("reviews", "e1", 0.8);
    publish("reviews", "e2", 0.9);
    run();
    backends.store.delete(ObjectKeys.version(REVIEWS, 2));
    try (Registrar registrar = registrar()) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
      assertThat(versions(REVIEWS)).extracting(VersionRecord::version).containsExactly(1L);
      publish("reviews", "e3", 0.95);
      registrar.step(Duration.ZERO);
      assertThat(versions(REVIEWS)).extracting(VersionRecord::version).containsExactly(1L, 3L);
    }
  }

  @Test
  void aDensityThatTheRunChoseIsHeldToTheRegistrysLimit() {
    DiffPublished event =
        backends.stored("reviews", "e1", InMemoryBackends.diff("reviews", POSITIONS, 0.9));
    backends.store.put(
        event.report(),
        Json.write(report(event).settings(Map.of("density", "auto")).build()),
        Map.of());
    backends.send(Topics.DIFFS, event, Map.of());
    run();
    assertThat(versions(REVIEWS)).hasSize(1);
  }

  /** The limit is 5 % of 1,000 values. */
  @Test
  void whatIsTooDenseIsRefusedByWhatItsHeaderSays() {
    int[] many = java.util.stream.IntStream.range(0, 60).map(i -> i * 16).toArray();
    DiffPublished event =
        backends.publish("reviews", "e1", InMemoryBackends.diff("reviews", many, 0.9));
    run();
    assertThat(failures())
        .singleElement()
        .satisfies(
            failed -> {
              assertThat(failed.runId()).isEqualTo(event.runId());
              assertThat(failed.errorCode().is(ErrorCode.DENSITY_EXCEEDED)).isTrue();
            });
  }

  @Test
  void aRefusalIsAnObjectAndIsNotToldAgainAfterItsTopicForgot() {
    DiffPublished event = publish("reviews", "e1", 0.3);
    run();
    assertThat(backends.store.stat(ObjectKeys.refusal(event.runId(), 1))).isPresent();
    assertThat(failures()).hasSize(1);

    InMemoryBackends later = new InMemoryBackends();
    backends.store.list("").forEach(key -> copy(later, key));
    later.send(Topics.DIFFS, event, Map.of());
    now = now.plus(Duration.ofDays(8));
    try (Registrar registrar = registrar(later)) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
    }
    assertThat(later.records(Topics.RUNS)).isEmpty();
    assertThat(later.records(Topics.TASKS_DEAD_LETTERS)).isEmpty();
    assertThat(later.store.list(ObjectKeys.refusalsPrefix(event.runId()))).hasSize(1);
  }

  @Test
  void aRestoredBucketIsBroughtForwardOverWhatWasAnnounced() {
    publish("reviews", "e1", 0.8);
    run();
    AliasGeneration old = newest(REVIEWS);
    backends.send(
        Topics.ANNOUNCEMENTS,
        new VersionAnnounced("reviews", 7, old.aliases(), null, null),
        Map.of());
    run();
    AliasGeneration forward = newest(REVIEWS);
    assertThat(forward.generation()).isEqualTo(8);
    assertThat(forward.aliases()).isEqualTo(old.aliases());
    assertThat(forward.move()).isNotNull();
    assertThat(backends.events(Topics.ANNOUNCEMENTS, VersionAnnounced.class).getLast().generation())
        .isEqualTo(8);
  }

  @Test
  void anEventWhoseWorkersWereOnlyStoppedIsDeliveredAgain() {
    brokerGaveUpOn("e1", RunReport.Outcome.RELEASED, 10);
    run();
    assertThat(failures()).isEmpty();
    assertThat(backends.records(WORK))
        .filteredOn(record -> record.headers().containsKey("diffstream_origin"))
        .singleElement()
        .satisfies(
            record -> {
              assertThat(record.headers())
                  .containsEntry("diffstream_origin", WORK + "/0/0")
                  .containsEntry("ce_id", "e1")
                  .doesNotContainKey("__dlq.errors.offset");
              assertThat(record.value()).isEqualTo(new byte[] {'{', '}'});
            });
  }

  @Test
  void anEventThatKilledItsWorkersHasFailedAndKeepsAnOutcome() {
    brokerGaveUpOn("e1", null, 10);
    run();
    assertThat(failures())
        .singleElement()
        .satisfies(failed -> assertThat(failed.errorCode().is(ErrorCode.WORKER_LOST)).isTrue());
    assertThat(backends.store.stat(ObjectKeys.outcome(RunIds.of("/test", "e1")))).isPresent();
    assertThat(backends.records(WORK)).hasSize(1);
  }

  /** The event was sent once more, and killed its workers again. */
  @Test
  void anEventThatKillsItsWorkersTwiceHasTwoDeadLetters() {
    brokerGaveUpOn("e1", null, 10);
    run();
    backends.log.publish(WORK, backends.records(WORK).getFirst().toMessage());
    backends.log.publish(
        Topics.TASKS_BROKER_DEAD_LETTERS,
        new Message(
            "reviews",
            Map.of(
                "__dlq.errors.topic", WORK,
                "__dlq.errors.partition", "0",
                "__dlq.errors.offset", "1"),
            new byte[] {'{', '}'}));
    run();
    run();
    assertThat(backends.records(Topics.TASKS_DEAD_LETTERS))
        .extracting(letter -> letter.headers().get("diffstream_origin"))
        .containsExactly(WORK + "/0/0", WORK + "/0/1");
  }

  /** An event of the work topic that the broker gave up on after so many attempts. */
  private void brokerGaveUpOn(
      String id, RunReport.@org.jspecify.annotations.Nullable Outcome outcome, int attempts) {
    String run = RunIds.of("/test", id);
    Map<String, String> headers =
        Map.of("ce_specversion", "1.0", "ce_id", id, "ce_source", "/test", "ce_type", "x");
    backends.log.ensureTopic(Topics.workTopic(InMemoryBackends.BASE));
    backends.log.publish(WORK, new Message("reviews", headers, new byte[] {'{', '}'}));
    EventOrigin origin = new EventOrigin("/test", id, WORK + "/0/0");
    for (int attempt = 1; attempt <= attempts; attempt++) {
      backends.store.put(
          ObjectKeys.attempt(run, attempt),
          Json.write(
              new AttemptBegun(
                  run, "reviews", attempt, origin, "w", null, null, null, InMemoryBackends.NOW)),
          Map.of());
      if (outcome != null) {
        RunReport report =
            RunReportBuilder.builder()
                .runId(run)
                .taskId("reviews")
                .event(origin)
                .attempt(attempt)
                .outcome(outcome)
                .failure(
                    new RunReport.Failure(FailureCode.of(ErrorCode.OVERLOADED), "stopping", null))
                .started(InMemoryBackends.NOW)
                .finished(InMemoryBackends.NOW)
                .build();
        backends.store.put(ObjectKeys.report(run, attempt), Json.write(report), Map.of());
      }
    }
    backends.log.publish(
        Topics.TASKS_BROKER_DEAD_LETTERS,
        new Message(
            "reviews",
            Map.of(
                "__dlq.errors.topic", WORK,
                "__dlq.errors.partition", "0",
                "__dlq.errors.offset", "0"),
            new byte[] {'{', '}'}));
  }

  private static RunReportBuilder report(DiffPublished event) {
    return RunReportBuilder.builder()
        .runId(event.runId())
        .taskId(event.taskId())
        .event(new EventOrigin(event.eventSource(), event.eventId(), "diffstream.tasks/0/0"))
        .attempt(1)
        .outcome(RunReport.Outcome.PUBLISHED)
        .published(event)
        .started(InMemoryBackends.NOW)
        .finished(InMemoryBackends.NOW);
  }

  private DiffPublished publish(String task, String id, double score) {
    return backends.publish(task, id, InMemoryBackends.diff(task, POSITIONS, score));
  }

  private void copy(InMemoryBackends to, String key) {
    to.store.put(key, backends.store.get(key, 1 << 20).orElseThrow(), Map.of());
  }

  private void run() {
    try (Registrar registrar = registrar()) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
    }
  }

  private Registrar registrar() {
    return registrar(backends);
  }

  private Registrar registrar(InMemoryBackends in) {
    return new Registrar(
        HookedStore.over(in.store, this::failIfUnreadable),
        in.log,
        InMemoryBackends.settings(),
        new RegistryCounters(),
        new RegistrySpans(OpenTelemetry.noop()),
        () -> now);
  }

  private void failIfUnreadable(String method, String key) {
    if (method.equals("get") && unreadable.contains(key)) {
      throw new DiffstreamException(ErrorCode.OVERLOADED, key + ": 503");
    }
  }

  private List<VersionRecord> versions(TaskId task) {
    return new VersionLog(backends.store).versions(task);
  }

  private AliasGeneration newest(TaskId task) {
    return new AliasLog(backends.store, () -> now).newest(task).orElseThrow();
  }

  private long champion(TaskId task) {
    return InMemoryBackends.at(newest(task).aliases(), "champion").version();
  }

  private List<RunFailed> failures() {
    return backends.events(Topics.RUNS, RunFailed.class);
  }
}

package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.eventlog.Header;
import dev.diffstream.eventlog.memory.MemoryEventLog;
import dev.diffstream.registry.catalog.RegistrySnapshot;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.DiffPublishedBuilder;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Move;
import dev.diffstream.schemas.run.AttemptBegun;
import dev.diffstream.schemas.run.RunIds;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class RegistrarTest {
  private static final int[] POSITIONS = {1, 5, 999};
  private final InMemoryBackends backends = new InMemoryBackends();

  @Test
  void aPublishedDiffBecomesAVersionAndIsAnnouncedWithItsTrace() {
    DiffPublished event =
        backends.publish("reviews", "e1", InMemoryBackends.diff("reviews", POSITIONS, 0.9));
    run();
    assertThat(announced())
        .containsExactly(
            new VersionAnnounced(
                "reviews",
                1,
                Map.of("champion", new AliasTarget(1, event.digest(), InMemoryBackends.BASE)),
                null,
                Move.accept(event.runId())));
    assertThat(backends.records(Topics.ANNOUNCEMENTS).getFirst().headers().get("traceparent"))
        .startsWith(InMemoryBackends.TRACE.substring(0, 35));
    assertThat(backends.records(Topics.TASKS_DEAD_LETTERS)).isEmpty();
  }

  @Test
  void aMaskedLanguageModelIsVersionedAndGatedAsAnyOther() {
    DiffPublished event =
        backends.publish("domain", "e1", InMemoryBackends.maskedLanguageModel("domain", 0.6));
    backends.publish("domain", "e2", InMemoryBackends.maskedLanguageModel("domain", 0.5));
    run();
    assertThat(announced()).hasSize(1);
    assertThat(announced().getFirst().aliases())
        .isEqualTo(Map.of("champion", new AliasTarget(1, event.digest(), InMemoryBackends.BASE)));
    assertThat(backends.records(Topics.TASKS_DEAD_LETTERS)).hasSize(1);
  }

  @Test
  void theNextVersionMovesChampionAndPreviousTogether() {
    DiffPublished first =
        backends.publish("reviews", "e1", InMemoryBackends.diff("reviews", POSITIONS, 0.8));
    DiffPublished second =
        backends.publish("reviews", "e2", InMemoryBackends.diff("reviews", POSITIONS, 0.9));
    run();
    assertThat(announced().getLast().aliases())
        .isEqualTo(
            Map.of(
                "champion", new AliasTarget(2, second.digest(), InMemoryBackends.BASE),
                "previous", new AliasTarget(1, first.digest(), InMemoryBackends.BASE)));
  }

  @Test
  void aDuplicateEventGivesNoSecondVersion() {
    byte[] diff = InMemoryBackends.diff("reviews", POSITIONS, 0.9);
    backends.publish("reviews", "e1", diff);
    backends.publish("reviews", "e1", diff);
    run();
    run();
    assertThat(backends.registryObjects()).hasSize(2);
    assertThat(announced()).hasSize(1);
  }

  @Test
  void everyFaultIsRefusedOnceWithItsCode() {
    byte[] good = InMemoryBackends.diff("reviews", POSITIONS, 0.9);
    DiffPublished truth = backends.stored("reviews", "e0", good);
    byte[] torn = java.util.Arrays.copyOf(good, good.length - 3);
    refuse(ErrorCode.MALFORMED_DIFF, "torn", torn);
    refuse(ErrorCode.MALFORMED_DIFF, "other-task", InMemoryBackends.diff("songs", POSITIONS, 0.9));
    refuse(
        ErrorCode.MALFORMED_DIFF,
        "other-shape",
        InMemoryBackends.transposed("reviews", POSITIONS, 0.9));
    refuse(ErrorCode.QUALITY_GATE_FAILED, "bad", InMemoryBackends.diff("reviews", POSITIONS, 0.5));
    int[] many = java.util.stream.IntStream.range(0, 51).toArray();
    refuse(ErrorCode.DENSITY_EXCEEDED, "dense", InMemoryBackends.diff("reviews", many, 0.9));
    String other = Sha256.of("another base");
    DiffMetadata elsewhere = InMemoryBackends.metadata("reviews", other, 3, 0.9);
    refuse(ErrorCode.BASE_MISMATCH, "other-base", InMemoryBackends.diff(elsewhere, POSITIONS));
    refuseEvent(
        ErrorCode.DIGEST_MISMATCH,
        DiffPublishedBuilder.builder()
            .attempt(1)
            .runId("run-size")
            .taskId("reviews")
            .eventSource("/test")
            .eventId("size")
            .digest(truth.digest())
            .bytes(5)
            .baseDigest(InMemoryBackends.BASE)
            .report("runs/x")
            .build());
    refuseEvent(
        ErrorCode.DIGEST_MISMATCH,
        DiffPublishedBuilder.builder()
            .attempt(1)
            .runId("run-gone")
            .taskId("reviews")
            .eventSource("/test")
            .eventId("gone")
            .digest(other)
            .bytes(5)
            .baseDigest(InMemoryBackends.BASE)
            .report("runs/x")
            .build());
    DiffPublished unknown =
        backends.stored("reviews", "unknown", InMemoryBackends.diff(elsewhere, POSITIONS));
    refuseEvent(
        ErrorCode.BASE_UNKNOWN,
        DiffPublishedBuilder.builder()
            .attempt(1)
            .runId(unknown.runId())
            .taskId("reviews")
            .eventSource("/test")
            .eventId("unknown")
            .digest(unknown.digest())
            .bytes(unknown.bytes())
            .baseDigest(other)
            .report("runs/x")
            .build());
    assertThat(backends.registryObjects()).isEmpty();
  }

  @Test
  void aRefusalDoesNotStopTheNextEvent() {
    backends.log.publish(Topics.DIFFS, new Message("k", Map.of(), new byte[] {1, 2}));
    backends.publish("reviews", "e1", InMemoryBackends.diff("reviews", POSITIONS, 0.1));
    backends.publish("reviews", "e2", InMemoryBackends.diff("reviews", POSITIONS, 0.9));
    run();
    assertThat(announced()).hasSize(1);
    assertThat(failures()).hasSize(1);
  }

  @Test
  void aDiffWhoseEventWasLostIsVersionedFromItsReport() {
    DiffPublished lost =
        backends.stored("reviews", "e1", InMemoryBackends.diff("reviews", POSITIONS, 0.9));
    backends.report(lost);
    run();
    assertThat(announced()).hasSize(1);
    assertThat(backends.records(Topics.ANNOUNCEMENTS).getFirst().headers().get("traceparent"))
        .startsWith(InMemoryBackends.TRACE.substring(0, 35));
  }

  @Test
  void aLowerGenerationLastOnTheTopicIsAnnouncedOver() {
    backends.publish("reviews", "e1", InMemoryBackends.diff("reviews", POSITIONS, 0.8));
    backends.publish("reviews", "e2", InMemoryBackends.diff("reviews", POSITIONS, 0.9));
    try (Registrar registrar = backends.registrar()) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
      registrar.step(Duration.ZERO);
      Received first = backends.records(Topics.ANNOUNCEMENTS).getFirst();
      backends.log.publish(
          Topics.ANNOUNCEMENTS, new Message(first.key(), first.headers(), first.value()));
      registrar.step(Duration.ZERO);
      registrar.step(Duration.ZERO);
    }
    assertThat(announced())
        .extracting(VersionAnnounced::generation)
        .containsExactly(1L, 2L, 1L, 2L);
  }

  @Test
  void whatTheTopicLostIsAnnouncedFromTheBucket() {
    backends.publish("reviews", "e1", InMemoryBackends.diff("reviews", POSITIONS, 0.8));
    run();
    MemoryEventLog empty = new MemoryEventLog();
    try (Registrar registrar = InMemoryBackends.registrar(backends.store, empty)) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
    }
    assertThat(InMemoryBackends.records(empty, Topics.ANNOUNCEMENTS)).hasSize(1);
    assertThat(
            InMemoryBackends.records(empty, Topics.ANNOUNCEMENTS)
                .getFirst()
                .headers()
                .get("traceparent"))
        .startsWith(InMemoryBackends.TRACE.substring(0, 35));
  }

  @Test
  void aTaskThatKilledItsWorkersIsReportedOnce() {
    Map<String, String> headers =
        Map.of(
            "ce_specversion",
            "1.0",
            "ce_id",
            "t1",
            "ce_source",
            "/shop",
            "ce_type",
            "x",
            "__dlq.errors.topic",
            Topics.TASKS,
            "__dlq.errors.partition",
            "2",
            "__dlq.errors.offset",
            "17",
            "__dlq.errors.delivery.count",
            "5");
    backends.log.publish(
        Topics.TASKS_BROKER_DEAD_LETTERS, new Message("reviews", headers, new byte[] {'{', '}'}));
    run();
    run();
    assertThat(failures())
        .singleElement()
        .satisfies(
            failure -> {
              assertThat(failure.runId()).isEqualTo(RunIds.of("/shop", "t1"));
              assertThat(failure.errorCode().orUnsupported()).isEqualTo(ErrorCode.WORKER_LOST);
              assertThat(failure.message()).contains("diffstream.tasks/2/17");
            });
    assertThat(backends.records(Topics.TASKS_DEAD_LETTERS))
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.key()).isEqualTo("reviews");
              assertThat(InMemoryBackends.error(letter)).isEqualTo("WORKER_LOST");
              assertThat(letter.value()).isEqualTo(new byte[] {'{', '}'});
            });
  }

  @Test
  void anEventThatHasNotKilledItsWorkersIsSentAgainOnceHoweverOftenARegistryStarts() {
    String work = Topics.work(InMemoryBackends.BASE);
    backends.log.ensureTopic(Topics.workTopic(InMemoryBackends.BASE));
    String run = RunIds.of("/shop", "t1");
    backends.store.put(
        ObjectKeys.attempt(run, 1),
        Json.write(
            new AttemptBegun(
                run,
                "reviews",
                1,
                new EventOrigin("/shop", "t1", work + "/0/17"),
                "worker-0",
                "cpu",
                "1",
                null,
                InMemoryBackends.NOW)),
        Map.of());
    backends.log.publish(
        Topics.TASKS_BROKER_DEAD_LETTERS,
        new Message(
            "reviews",
            Map.of(
                "ce_specversion", "1.0",
                "ce_id", "t1",
                "ce_source", "/shop",
                "ce_type", "x",
                "__dlq.errors.topic", work,
                "__dlq.errors.offset", "17"),
            new byte[] {'{', '}'}));
    run();
    run();
    assertThat(failures()).isEmpty();
    assertThat(backends.records(work))
        .singleElement()
        .satisfies(
            event ->
                assertThat(event.headers()).containsEntry("diffstream_origin", work + "/0/17"));
  }

  @Test
  void theHeadersOfALostTaskEventAreKeptByteByByte() {
    List<Header> headers =
        List.of(
            new Header("bytes", new byte[] {(byte) 0xFF, 0, (byte) 0xFE}),
            new Header("none", null),
            Header.of("twice", "first"),
            Header.of("twice", "second"));
    Message event = new Message("reviews", Map.of(), new byte[] {1}).withHeaders(headers);
    String work = Topics.work(InMemoryBackends.BASE);
    backends.log.ensureTopic(Topics.workTopic(InMemoryBackends.BASE));
    backends.log.publish(work, event);
    backends.log.publish(
        Topics.TASKS_BROKER_DEAD_LETTERS,
        event.withHeaders(
            Header.listOf(Map.of("__dlq.errors.topic", work, "__dlq.errors.offset", "0"))));
    run();
    assertThat(backends.records(Topics.TASKS_DEAD_LETTERS))
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.headerList().subList(0, 4)).isEqualTo(headers);
              assertThat(letter.headers()).containsEntry("diffstream_origin", work + "/0/0");
              assertThat(letter.value()).isEqualTo(new byte[] {1});
            });
  }

  @Test
  void aDeadLetterWithoutANameIsNamedByItsPlace() {
    backends.log.publish(
        Topics.TASKS_BROKER_DEAD_LETTERS,
        new Message(
            "",
            Map.of(
                "__dlq.errors.topic", Topics.TASKS,
                "__dlq.errors.partition", "2",
                "__dlq.errors.offset", "17"),
            new byte[0]));
    run();
    assertThat(failures())
        .extracting(RunFailed::runId, RunFailed::taskId)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(RunIds.ofPlace(Topics.TASKS, 2, 17), "unknown"));
  }

  @Test
  void aRunThatPublishedBeforeItsWorkersWereLostHasNotFailed() {
    DiffPublished event =
        backends.stored("reviews", "e1", InMemoryBackends.diff("reviews", POSITIONS, 0.9));
    backends.report(event);
    backends.log.publish(
        Topics.TASKS_BROKER_DEAD_LETTERS,
        new Message(
            "reviews",
            Map.of(
                "ce_specversion",
                "1.0",
                "ce_id",
                "e1",
                "ce_source",
                "/test",
                "ce_type",
                "x",
                "__dlq.errors.topic",
                Topics.TASKS,
                "__dlq.errors.partition",
                "0",
                "__dlq.errors.offset",
                "0"),
            new byte[] {'{', '}'}));
    run();
    assertThat(failures()).isEmpty();
    assertThat(announced()).hasSize(1);
  }

  @Test
  void theSnapshotShowsTasksAndRuns() {
    DiffPublished event =
        backends.publish("reviews", "e1", InMemoryBackends.diff("reviews", POSITIONS, 0.9));
    try (Registrar registrar = backends.registrar()) {
      assertThat(registrar.snapshot().ready()).isFalse();
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
      RegistrySnapshot snapshot = registrar.snapshot();
      assertThat(snapshot.ready()).isTrue();
      assertThat(InMemoryBackends.at(snapshot.tasks(), "reviews").versions()).hasSize(1);
      assertThat(InMemoryBackends.at(snapshot.runs(), event.runId()).state())
          .isEqualTo("versioned");
    }
  }

  @Test
  void aBrokenVersionObjectLeavesTheOtherTasksAlone() {
    backends.store.put(ObjectKeys.version(new TaskId("songs"), 1), new byte[] {'?'}, Map.of());
    backends.publish("reviews", "e1", InMemoryBackends.diff("reviews", POSITIONS, 0.9));
    run();
    assertThat(announced()).hasSize(1);
  }

  private void refuse(ErrorCode code, String id, byte[] diff) {
    refuseEvent(code, backends.stored("reviews", id, diff));
  }

  private void refuseEvent(ErrorCode code, DiffPublished event) {
    int before = failures().size();
    backends.send(Topics.DIFFS, event, Map.of());
    run();
    run();
    assertThat(failures()).as(event.eventId()).hasSize(before + 1);
    assertThat(failures().getLast().errorCode().orUnsupported())
        .as(failures().toString())
        .isEqualTo(code);
    List<Received> letters = backends.records(Topics.TASKS_DEAD_LETTERS);
    assertThat(letters).hasSize(before + 1);
    assertThat(InMemoryBackends.error(letters.getLast())).isEqualTo(code.name());
    assertThat(Json.read(letters.getLast().value(), DiffPublished.class, "letter"))
        .isEqualTo(event);
  }

  /** One life of a registry: start, read everything, stop. */
  private void run() {
    try (Registrar registrar = backends.registrar()) {
      assertThat(registrar.recover(Duration.ZERO)).isTrue();
      registrar.step(Duration.ZERO);
    }
  }

  private List<VersionAnnounced> announced() {
    return backends.events(Topics.ANNOUNCEMENTS, VersionAnnounced.class);
  }

  private List<RunFailed> failures() {
    return backends.events(Topics.RUNS, RunFailed.class);
  }
}

package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.registry.announce.AuditEntry;
import dev.diffstream.registry.deadletter.DeadLetterArchive;
import dev.diffstream.registry.deadletter.DeadLetterArchive.Replay;
import dev.diffstream.registry.quota.QuotaSettings;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.registry.runs.Submission;
import dev.diffstream.registry.telemetry.RegistryCounters;
import dev.diffstream.registry.telemetry.RegistrySpans;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.AuditRecorded;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunFailedBuilder;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.event.TaskSubmittedBuilder;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.Tombstone;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.run.RunReportBuilder;
import dev.diffstream.schemas.run.RunReportDataSummaryBuilder;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What holds back owners who have used up what they may use. */
class OwnerQuotasTest {
  private static final String WORK = Topics.work(InMemoryBackends.BASE);
  private static final Duration HOUR = Duration.ofHours(1);

  private final InMemoryBackends backends = new InMemoryBackends();
  private final List<Registrar> registrars = new ArrayList<>();
  private Instant now = InMemoryBackends.NOW;

  @AfterEach
  void close() {
    registrars.forEach(Registrar::close);
  }

  private Registrar registrar(QuotaSettings quotas) {
    Registrar registrar =
        new Registrar(
            backends.store,
            backends.log,
            RegistrySettingsBuilder.builder(InMemoryBackends.settings())
                .id("registry-" + registrars.size())
                .quotas(quotas)
                .build(),
            new RegistryCounters(),
            new RegistrySpans(OpenTelemetry.noop()),
            () -> now);
    registrars.add(registrar);
    while (!registrar.recover(Duration.ZERO)) {
      // reads on
    }
    step(registrar);
    return registrar;
  }

  private static void step(Registrar registrar) {
    for (int i = 0; i < 4; i++) {
      registrar.step(Duration.ZERO);
    }
  }

  private static QuotaSettings bytes(long most) {
    return new QuotaSettings(0, HOUR, most);
  }

  private static QuotaSettings examples(long most) {
    return new QuotaSettings(most, HOUR, 0);
  }

  private String submit(String id, @Nullable String owner) {
    TaskSubmitted task =
        TaskSubmittedBuilder.builder(
                TaskSubmitted.of("waits", Objective.CLASSIFICATION, "tasks/waits/data/a"))
            .owner(owner)
            .build();
    EventCodec.Encoded encoded =
        EventCodec.encode(new EventEnvelope<>(id, "/test", now, Map.of(), task));
    backends.log.publish(Topics.TASKS, new Message("waits", encoded.headers(), encoded.value()));
    return RunIds.of("/test", id);
  }

  /** A run of the owner has published a diff of {@code nonzeros} positions, from 40 rows. */
  private DiffPublished publish(String task, String id, @Nullable String owner, int nonzeros) {
    int[] positions = new int[nonzeros];
    for (int i = 0; i < nonzeros; i++) {
      positions[i] = 3 * i + Math.floorMod(id.hashCode(), 3);
    }
    DiffPublished published =
        backends.stored(task, id, InMemoryBackends.diff(task, positions, 0.9));
    TaskSubmitted event =
        TaskSubmittedBuilder.builder(
                TaskSubmitted.of(task, Objective.CLASSIFICATION, "tasks/" + task + "/data/a"))
            .owner(owner)
            .build();
    backends.report(published);
    byte[] report = backends.store.get(published.report(), RunReport.MAX_BYTES).orElseThrow();
    backends.store.put(
        published.report(),
        Json.write(
            RunReportBuilder.builder(Json.read(report, RunReport.class, "report"))
                .task(Json.tree(event))
                .data(
                    RunReportDataSummaryBuilder.builder()
                        .examples(Map.of("train", 40, "dev", 5, "test", 5))
                        .invalidRecordCount(0)
                        .build())
                .build()),
        Map.of());
    backends.send(Topics.DIFFS, published, Map.of());
    return published;
  }

  private Tombstone delete(String task, long version, String digest) {
    Tombstone tombstone = new Tombstone(task, version, digest, "ada", "request-1", "room", now);
    backends.store.put(
        ObjectKeys.tombstone(new TaskId(task), version), Json.write(tombstone), Map.of());
    return tombstone;
  }

  private List<Replay> replay(Registrar registrar) {
    return new DeadLetterArchive(
            backends.log,
            run -> Optional.ofNullable(registrar.snapshot().runs().get(run)),
            () -> now)
        .replay(letter -> true, false);
  }

  private List<String> admitted() {
    return backends.records(WORK).stream().map(r -> r.headers().getOrDefault("ce_id", "")).toList();
  }

  private static String state(Registrar registrar, String run) {
    return registrar.snapshot().run(run).map(RunView::state).orElse("unknown");
  }

  private static String waitsFor(Registrar registrar, String run) {
    return registrar
        .snapshot()
        .run(run)
        .map(RunView::submission)
        .map(Submission::waitsFor)
        .orElse("nothing");
  }

  private List<RunFailed> failures() {
    return backends.events(Topics.RUNS, RunFailed.class);
  }

  private int letters() {
    return backends.records(Topics.TASKS_DEAD_LETTERS).size();
  }

  @Test
  void aDiffForWhichThereIsNoRoomIsRefusedAndTakenOnceThereIs() {
    DiffPublished first = publish("one", "e1", "desk", 9);
    DiffPublished others = publish("three", "e3", "shop", 9);
    QuotaSettings quota = bytes(2 * first.bytes() - 10);
    Registrar registrar = registrar(quota);
    DiffPublished second = publish("two", "e2", "desk", 9);
    step(registrar);
    assertThat(state(registrar, first.runId())).isEqualTo("versioned");
    assertThat(state(registrar, others.runId())).isEqualTo("versioned");
    assertThat(failures())
        .singleElement()
        .satisfies(
            failed -> {
              assertThat(failed.runId()).isEqualTo(second.runId());
              assertThat(failed.errorCode().is(ErrorCode.QUOTA_EXCEEDED)).isTrue();
              assertThat(failed.message()).contains("owner desk").contains("delete versions");
              assertThat(failed.owner()).isEqualTo("desk");
              assertThat(failed.examples()).isEqualTo(40);
            });
    Registrar other = registrar(quota);
    assertThat(letters()).isEqualTo(1);

    assertThat(replay(registrar)).extracting(Replay::sent).containsExactly(true);
    step(registrar);
    step(other);
    assertThat(state(registrar, second.runId())).as("there is no room yet").isEqualTo("failed");
    assertThat(letters()).isEqualTo(2);
    assertThat(failures()).hasSize(2);

    Tombstone tombstone = delete("one", 1, first.digest());
    registrar.done(AuditEntry.of(tombstone));
    step(registrar);
    now = now.plusSeconds(60);
    assertThat(replay(registrar)).extracting(Replay::sent).containsExactly(false, true);
    step(other); // which nobody has told of the deletion
    step(registrar);
    assertThat(state(other, second.runId())).isEqualTo("versioned");
    assertThat(state(registrar, second.runId())).isEqualTo("versioned");
    step(registrar(quota));
    assertThat(letters()).isEqualTo(2);
    assertThat(failures()).hasSize(2);
    assertThat(backends.events(Topics.AUDIT, AuditRecorded.class))
        .filteredOn(record -> record.action().equals("version-deleted"))
        .singleElement()
        .satisfies(
            record -> {
              assertThat(record.actor()).isEqualTo("ada");
              assertThat(record.reason()).isEqualTo("room");
              assertThat(record.object()).isEqualTo(ObjectKeys.tombstone(new TaskId("one"), 1));
            });
  }

  @Test
  void runsOfAnOwnerWithoutRoomWaitUntilVersionsAreDeleted() {
    DiffPublished first = publish("one", "e1", "desk", 9);
    Registrar registrar = registrar(bytes(first.bytes()));
    String held = submit("held", "desk");
    submit("free", "shop");
    submit("nobody", null);
    step(registrar);
    assertThat(admitted()).containsExactly("free", "nobody");
    assertThat(state(registrar, held)).isEqualTo("queued");
    assertThat(waitsFor(registrar, held))
        .isEqualTo(
            "quota of diff bytes: the versions of owner desk have %1$d bytes, %1$d may be kept; delete some"
                .formatted(first.bytes()));
    Registrar restarted = registrar(bytes(first.bytes()));
    assertThat(waitsFor(restarted, held)).startsWith("quota of diff bytes");
    assertThat(admitted()).hasSize(2);
    restarted.done(AuditEntry.of(delete("one", 1, first.digest())));
    step(restarted);
    assertThat(admitted()).containsExactly("free", "nobody", "held");
    assertThat(waitsFor(restarted, held)).isEqualTo("nothing");
    step(registrar);
    assertThat(state(registrar, held)).isEqualTo("queued");
    assertThat(admitted()).hasSize(3);
  }

  @Test
  void aSweepFindsWhatAnotherRegistryHasDeleted() {
    DiffPublished first = publish("one", "e1", "desk", 9);
    Registrar registrar = registrar(bytes(first.bytes()));
    submit("held", "desk");
    delete("one", 1, first.digest());
    step(registrar);
    assertThat(admitted()).isEmpty();
    now = now.plus(Registrar.SWEEP_INTERVAL).plusSeconds(1);
    step(registrar);
    step(registrar);
    assertThat(admitted()).containsExactly("held");
  }

  @Test
  void runsWaitUntilTheWindowHoldsFewerRows() {
    publish("one", "e1", "desk", 9);
    Registrar registrar = registrar(examples(100));
    now = now.plusSeconds(600);
    fail("e2", "desk", 60);
    fail("e3", "shop", 60);
    String held = submit("held", "desk");
    submit("free", "shop");
    step(registrar);
    assertThat(admitted()).containsExactly("free");
    assertThat(waitsFor(registrar, held))
        .isEqualTo(
            "quota of examples until "
                + InMemoryBackends.NOW.plus(HOUR)
                + ": runs of owner desk may train on 100 in PT1H");
    Registrar restarted = registrar(examples(100));
    assertThat(waitsFor(restarted, held)).startsWith("quota of examples until ");
    now = InMemoryBackends.NOW.plus(HOUR).minusSeconds(1);
    step(restarted);
    assertThat(admitted()).containsExactly("free");
    now = now.plusSeconds(1);
    step(restarted);
    assertThat(admitted()).containsExactly("free", "held");
    assertThat(waitsFor(restarted, held)).isEqualTo("nothing");
  }

  @Test
  void aRunThatFailedTwiceAtOnceCountsOnce() {
    fail("e1", "desk", 60);
    fail("e1", "desk", 60);
    Registrar registrar = registrar(examples(100));
    submit("free", "desk");
    step(registrar);
    assertThat(admitted()).containsExactly("free");
  }

  @Test
  void aClockThatIsSetBackHoldsNobodyForLong() {
    now = now.plus(Duration.ofDays(3));
    fail("e1", "desk", 60);
    now = InMemoryBackends.NOW;
    Registrar registrar = registrar(examples(50));
    submit("free", "desk");
    step(registrar);
    assertThat(admitted()).containsExactly("free");
  }

  private void fail(String id, String owner, long rows) {
    RunFailed failed =
        RunFailedBuilder.builder()
            .runId(RunIds.of("/test", id))
            .taskId("failed")
            .attempt(1L)
            .errorCode(FailureCode.of(ErrorCode.QUALITY_GATE_FAILED))
            .message("not better than the majority")
            .owner(owner)
            .examples(rows)
            .build();
    EventCodec.Encoded encoded =
        EventCodec.encode(new EventEnvelope<>(id, "/diffstream/worker/w", now, Map.of(), failed));
    backends.log.publish(Topics.RUNS, new Message("failed", encoded.headers(), encoded.value()));
  }
}

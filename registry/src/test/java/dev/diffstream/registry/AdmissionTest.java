package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.registry.admission.AdmissionSettings;
import dev.diffstream.registry.runs.RunControls;
import dev.diffstream.registry.runs.RunRequests;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.registry.telemetry.RegistryCounters;
import dev.diffstream.registry.telemetry.RegistrySpans;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.base.BaseDescriptor;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.schemas.event.RunFailed;
import dev.diffstream.schemas.event.RunProgressedBuilder;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.event.TaskSubmittedBuilder;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.Admission;
import dev.diffstream.schemas.registry.AdmissionBuilder;
import dev.diffstream.schemas.run.RunControl;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.run.RunReportBuilder;
import dev.diffstream.schemas.signature.TrustedKeys;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** From the topic of task events to the work topics of the bases. */
class AdmissionTest {
  private static final String WORK = Topics.work(InMemoryBackends.BASE);
  private static final String OTHER_BASE = Sha256.of("another base");

  private final InMemoryBackends backends = new InMemoryBackends();
  private final List<Registrar> registrars = new ArrayList<>();
  private Instant now = InMemoryBackends.NOW;

  @AfterEach
  void close() {
    registrars.forEach(Registrar::close);
  }

  private Registrar registrar(AdmissionSettings admission) {
    RegistrySettings like = InMemoryBackends.settings();
    Registrar registrar =
        new Registrar(
            backends.store,
            backends.log,
            new RegistrySettings(
                "registry-" + registrars.size(),
                like.host(),
                like.port(),
                like.maxDiffBytes(),
                like.maxDensity(),
                like.removeAfter(),
                TrustedKeys.NONE,
                admission,
                like.console(),
                like.webhooks(),
                like.openLineage()),
            new RegistryCounters(),
            new RegistrySpans(io.opentelemetry.api.OpenTelemetry.noop()),
            () -> now);
    registrars.add(registrar);
    while (!registrar.recover(Duration.ZERO)) {
      // reads on
    }
    step(registrar);
    return registrar;
  }

  private Registrar registrar() {
    return registrar(AdmissionSettings.DEFAULT);
  }

  private static void step(Registrar registrar) {
    for (int i = 0; i < 3; i++) {
      registrar.step(Duration.ZERO);
    }
  }

  private static AdmissionSettings settings(int ahead, int maxRunning, int maxQueued) {
    return new AdmissionSettings(null, Duration.ofMinutes(1), ahead, maxRunning, maxQueued);
  }

  private String submit(String task, String id) {
    return submit(
        id, TaskSubmitted.of(task, Objective.CLASSIFICATION, "tasks/" + task + "/data/a"));
  }

  private String submit(String id, TaskSubmitted task) {
    EventCodec.Encoded encoded =
        EventCodec.encode(new EventEnvelope<>(id, "/test", now, Map.of(), task));
    backends.log.publish(
        Topics.TASKS, new Message(task.taskId(), encoded.headers(), encoded.value()));
    return RunIds.of("/test", id);
  }

  private String submit(String id, @Nullable String owner, int priority) {
    return submit(
        id,
        TaskSubmittedBuilder.builder(
                TaskSubmitted.of("t", Objective.CLASSIFICATION, "tasks/t/data/a"))
            .owner(owner)
            .priority(priority)
            .build());
  }

  /** The ids of the events in the work topic, in order. */
  private List<String> admitted() {
    return backends.records(WORK).stream().map(r -> r.headers().getOrDefault("ce_id", "")).toList();
  }

  private Received lastAdmitted() {
    return backends.records(WORK).getLast();
  }

  /** A worker says that it has the event that was admitted last, or has left it. */
  private void worker(String run, Phase phase) {
    backends.send(
        Topics.RUNS,
        RunProgressedBuilder.builder()
            .runId(run)
            .taskId("t")
            .attempt(1)
            .phase(phase)
            .admission(Long.parseLong(lastAdmitted().headers().get("diffstream_admission")))
            .build(),
        Map.of());
  }

  private static String state(Registrar registrar, String run) {
    RunView view = registrar.snapshot().runs().get(run);
    return view == null ? "unknown" : view.state();
  }

  private static String waitsFor(Registrar registrar, String run) {
    return Optional.ofNullable(registrar.snapshot().runs().get(run))
        .map(RunView::submission)
        .map(submission -> String.valueOf(submission.waitsFor()))
        .orElse("unknown");
  }

  private void ask(Registrar registrar, String run, String action) {
    registrar.asked(
        new RunControls(backends.store, () -> now).ask(run, action, "ada", action, "why not"));
    step(registrar);
  }

  private List<RunFailed> failures() {
    return backends.events(Topics.RUNS, RunFailed.class);
  }

  @Test
  void anEventIsSentOnceWithItsBytesItsPlaceAndItsNumber() {
    String run = submit("t", "e1");
    Registrar registrar = registrar();
    Registrar second = registrar();
    step(registrar);
    step(second);
    Received sent = backends.records(Topics.TASKS).getFirst();
    assertThat(backends.records(WORK))
        .singleElement()
        .satisfies(
            record -> {
              assertThat(record.value()).isEqualTo(sent.value());
              assertThat(record.key()).isEqualTo("t");
              Map<String, String> headers = new HashMap<>(sent.headers());
              headers.put("diffstream_origin", "diffstream.tasks/0/0");
              headers.put("diffstream_admission", "1");
              assertThat(record.headers()).isEqualTo(headers);
            });
    assertThat(state(registrar, run)).isEqualTo("queued");
    worker(run, Phase.CHECKING);
    step(registrar);
    assertThat(state(registrar, run)).isEqualTo("running");
  }

  @Test
  void aRegistryThatDiedBehindItsDecisionIsFollowedByAnother() {
    submit("t", "e1");
    Admission decided =
        AdmissionBuilder.builder()
            .baseDigest(InMemoryBackends.BASE)
            .number(1)
            .taskId("t")
            .runId(RunIds.of("/test", "e1"))
            .event(new EventOrigin("/test", "e1", "diffstream.tasks/0/0"))
            .kind(Admission.FIRST)
            .created(now)
            .build();
    Registrar running = registrar();
    assertThat(admitted()).containsExactly("e1");
    Admission dead =
        AdmissionBuilder.builder(decided)
            .number(2)
            .runId(RunIds.of("/test", "e3"))
            .event(new EventOrigin("/test", "e3", "diffstream.tasks/0/2"))
            .build();
    backends.store.put(ObjectKeys.admission(InMemoryBackends.BASE, 2), Json.write(dead), Map.of());
    submit("t", "e2");
    submit("t", "e3");
    step(running);
    assertThat(admitted())
        .as("the other registry may be about to send the third")
        .containsExactly("e1", "e2");
    now = now.plusSeconds(11);
    step(running);
    assertThat(admitted()).containsExactly("e1", "e2", "e3");
    step(registrar());
    assertThat(admitted()).containsExactly("e1", "e2", "e3");
  }

  @Test
  void aFewStandReadyAndPriorityAndOwnersDecideWhoIsNext() {
    submit("a1", "a", 0);
    submit("a2", "a", 0);
    submit("a3", "a", 0);
    submit("b1", "b", 0);
    submit("urgent", "a", 5);
    Registrar registrar = registrar(settings(2, 0, 0));
    assertThat(admitted()).containsExactly("urgent", "b1");
    worker(RunIds.of("/test", "b1"), Phase.CHECKING);
    step(registrar);
    assertThat(admitted()).containsExactly("urgent", "b1", "a1");
    step(registrar(settings(2, 0, 0)));
    assertThat(admitted()).as("after a restart").containsExactly("urgent", "b1", "a1");
  }

  @Test
  void quotasHoldBackAndRefuse() {
    submit("a1", "a", 0);
    submit("a2", "a", 0);
    submit("b1", "b", 0);
    Registrar registrar = registrar(settings(8, 1, 2));
    assertThat(admitted()).containsExactly("a1", "b1");
    submit("a3", "a", 0);
    String tooMany = submit("a4", "a", 0);
    step(registrar);
    assertThat(failures()).singleElement().matches(f -> f.errorCode().is(ErrorCode.QUOTA_EXCEEDED));
    assertThat(state(registrar, tooMany)).isEqualTo("failed");
    assertThat(backends.records(Topics.TASKS_DEAD_LETTERS)).hasSize(1);
    step(registrar(settings(8, 1, 2)));
    assertThat(backends.records(Topics.TASKS_DEAD_LETTERS)).hasSize(1);
    assertThat(admitted()).containsExactly("a1", "b1");
  }

  @Test
  void anEventWaitsForItsBaseAndIsRefusedInTheEnd() {
    String run =
        submit(
            "e1",
            TaskSubmittedBuilder.builder(
                    TaskSubmitted.of("t", Objective.CLASSIFICATION, "tasks/t/data/a"))
                .base("other")
                .build());
    Registrar registrar = registrar();
    assertThat(waitsFor(registrar, run)).contains("a worker with base other").contains("small");
    now = now.plusSeconds(30);
    backends.store.put(
        ObjectKeys.baseDescriptor(OTHER_BASE),
        Json.write(new BaseDescriptor("other", OTHER_BASE, List.of())),
        Map.of());
    step(registrar);
    assertThat(backends.records(Topics.work(OTHER_BASE))).hasSize(1);

    String never =
        submit(
            "e2",
            TaskSubmittedBuilder.builder(
                    TaskSubmitted.of("t", Objective.CLASSIFICATION, "tasks/t/data/a"))
                .base("misspelt")
                .build());
    step(registrar);
    now = now.plusSeconds(61);
    step(registrar);
    assertThat(failures()).as("a clock that jumps is no wait").isEmpty();
    for (int i = 0; i < 5; i++) {
      now = now.plusSeconds(1);
      step(registrar);
    }
    assertThat(failures())
        .singleElement()
        .satisfies(
            failed -> {
              assertThat(failed.runId()).isEqualTo(never);
              assertThat(failed.errorCode().is(ErrorCode.BASE_UNKNOWN)).isTrue();
            });
    String unnamed = submit("t", "e3");
    step(registrar);
    assertThat(waitsFor(registrar, unnamed)).contains("default-base");
  }

  @Test
  void whatIsNoTaskEventIsRefusedOnceByAnyNumberOfRegistries() {
    backends.log.publish(Topics.TASKS, new Message("t", Map.of(), new byte[] {1}));
    Registrar registrar = registrar();
    Registrar second = registrar();
    step(registrar);
    step(second);
    now = now.plusSeconds(30);
    step(second);
    step(registrar());
    assertThat(failures()).singleElement().matches(f -> f.taskId().equals("t"));
    assertThat(backends.records(Topics.TASKS_DEAD_LETTERS))
        .singleElement()
        .matches(r -> "diffstream.tasks/0/0".equals(r.headers().get("diffstream_origin")));
    assertThat(backends.records(WORK)).isEmpty();
  }

  @Test
  void aQueuedRunIsHeldBackAndCancelled() {
    submit("t", "first");
    String run = submit("t", "e2");
    Registrar registrar = registrar(settings(1, 0, 0));
    ask(registrar, run, RunControl.PAUSE);
    assertThat(state(registrar, run)).isEqualTo("paused");
    worker(RunIds.of("/test", "first"), Phase.CHECKING);
    step(registrar);
    assertThat(admitted()).containsExactly("first");
    Registrar restarted = registrar(settings(1, 0, 0));
    assertThat(state(restarted, run)).isEqualTo("paused");
    assertThat(admitted()).containsExactly("first");
    ask(restarted, run, RunControl.CANCEL);
    assertThat(state(restarted, run)).isEqualTo("cancelled");
    assertThat(failures())
        .singleElement()
        .matches(f -> f.message().equals("cancelled by ada: why not"));
    assertThat(backends.store.stat(ObjectKeys.outcome(run))).isPresent();
    step(registrar);
    step(registrar(settings(1, 0, 0)));
    assertThat(backends.records(Topics.TASKS_DEAD_LETTERS)).hasSize(1);
    assertThat(admitted()).containsExactly("first");
  }

  @Test
  void aPausedRunIsAdmittedAgainOnceItIsResumed() {
    String run = submit("t", "e1");
    Registrar registrar = registrar();
    worker(run, Phase.LEARNING_MASK);
    step(registrar);
    ask(registrar, run, RunControl.PAUSE);
    assertThat(state(registrar, run)).as("until the worker has left it").isEqualTo("running");
    worker(run, Phase.PAUSED);
    step(registrar);
    assertThat(state(registrar, run)).isEqualTo("paused");
    ask(registrar, run, RunControl.RESUME);
    assertThat(admitted()).containsExactly("e1", "e1");
    assertThat(lastAdmitted().headers())
        .containsEntry("diffstream_admission", "2")
        .containsEntry("diffstream_control", "2")
        .containsEntry("diffstream_origin", "diffstream.tasks/0/0");
    assertThat(state(registrar, run)).isEqualTo("queued");
    step(registrar());
    assertThat(admitted()).as("after a restart").containsExactly("e1", "e1");
  }

  /** The worker had not come to the pause yet. */
  @Test
  void aPauseThatIsTakenBackInTimeChangesNothing() {
    String run = submit("t", "e1");
    Registrar registrar = registrar();
    worker(run, Phase.LEARNING_MASK);
    ask(registrar, run, RunControl.PAUSE);
    ask(registrar, run, RunControl.RESUME);
    assertThat(admitted()).containsExactly("e1");
    assertThat(state(registrar, run)).isEqualTo("running");
    worker(run, Phase.PAUSED); // it had
    step(registrar);
    assertThat(admitted()).containsExactly("e1", "e1");
  }

  @Test
  void aDeadLetterThatIsSentOnceMoreIsLearnedAgain() {
    String run = submit("t", "e1");
    Registrar registrar = registrar();
    fail(run, "INVALID_RECORD");
    step(registrar);
    assertThat(state(registrar, run)).isEqualTo("failed");
    backends.log.publish(
        Topics.TASKS, backends.records(Topics.TASKS_DEAD_LETTERS).getFirst().toMessage());
    step(registrar);
    assertThat(state(registrar, run)).isEqualTo("queued");
    assertThat(admitted()).containsExactly("e1", "e1");
    assertThat(lastAdmitted().headers())
        .containsEntry("diffstream_origin", "diffstream.tasks/0/1")
        .doesNotContainKey("diffstream_error_code");
  }

  @Test
  void anEventThatIsSentTwiceWaitsForTheFirstOne() {
    String run = submit("t", "e1");
    submit("t", "e1");
    Registrar registrar = registrar();
    assertThat(admitted()).containsExactly("e1");
    worker(run, Phase.CHECKING);
    step(registrar);
    assertThat(admitted()).containsExactly("e1");
    backends.publish("t", "e1", InMemoryBackends.diff("t", new int[] {3}, 0.9));
    step(registrar);
    assertThat(admitted()).as("for a worker to refuse").containsExactly("e1", "e1");
    assertThat(lastAdmitted().headers()).containsEntry("diffstream_origin", "diffstream.tasks/0/1");
    assertThat(state(registrar, run)).isEqualTo("versioned");
  }

  /** Events that name no base keep the one that they have got. */
  @Test
  void aSecondBaseChangesNothingForEventsThatHaveTheirBase() {
    submit("t", "e1");
    submit("t", "e2");
    Registrar registrar = registrar(settings(1, 0, 0));
    backends.store.put(
        ObjectKeys.baseDescriptor(OTHER_BASE),
        Json.write(new BaseDescriptor("other", OTHER_BASE, List.of())),
        Map.of());
    String third = submit("t", "e3"); // makes the registry look for bases
    step(registrar);
    for (int i = 0; i < 10; i++) {
      now = now.plusSeconds(10);
      worker(RunIds.of("/test", "e1"), Phase.LEARNING_MASK);
      step(registrar);
    }
    assertThat(failures()).extracting(RunFailed::runId).doesNotContain(RunIds.of("/test", "e1"));
    assertThat(admitted()).containsExactly("e1", "e2");
    assertThat(failures()).extracting(RunFailed::runId).isSubsetOf(third);
    Registrar restarted = registrar(settings(1, 0, 0));
    for (int i = 0; i < 10; i++) {
      now = now.plusSeconds(10);
      step(restarted);
    }
    assertThat(failures()).extracting(RunFailed::runId).isSubsetOf(third);
  }

  @Test
  void twoRegistriesThatSeeTheSameEventSendItOnce() {
    Registrar one = registrar();
    Registrar other = registrar();
    for (int i = 0; i < 5; i++) {
      submit("t", "e" + i);
      one.step(Duration.ZERO);
      other.step(Duration.ZERO);
    }
    step(one);
    step(other);
    now = now.plusSeconds(30);
    step(one);
    step(other);
    assertThat(admitted()).containsExactly("e0", "e1", "e2", "e3", "e4");
  }

  @Test
  void objectsThatCannotBeReadStopNothingElse() {
    byte[] broken = {'{', '}'};
    backends.store.put(ObjectKeys.baseDescriptor(OTHER_BASE), broken, Map.of());
    backends.store.put(ObjectKeys.admission(InMemoryBackends.BASE, 1), broken, Map.of());
    submit("t", "e1");
    backends.store.put(ObjectKeys.control(RunIds.of("/test", "e1"), 1), broken, Map.of());
    Registrar registrar = registrar();
    assertThat(admitted()).containsExactly("e1");
    assertThat(lastAdmitted().headers()).containsEntry("diffstream_admission", "2");
    assertThat(registrar.quarantine().size()).isEqualTo(3);
  }

  /** The topic of runs has forgotten the pause, and an attempt before it died without a report. */
  @Test
  void aPauseThatTheTopicForgotIsFoundInTheBucket() {
    String run = submit("t", "e1");
    Registrar first = registrar();
    worker(run, Phase.LEARNING_MASK);
    ask(first, run, RunControl.PAUSE);
    attempt(run, 1, null);
    attempt(run, 2, 1L);
    Registrar restarted = registrar();
    assertThat(state(restarted, run)).isEqualTo("paused");
    ask(restarted, run, RunControl.RESUME);
    assertThat(admitted()).containsExactly("e1", "e1");

    new RunControls(backends.store, () -> now).ask(run, RunControl.PAUSE, "ada", "again", null);
    Registrar later = registrar();
    assertThat(state(later, run)).as("nobody has taken and left the second").isEqualTo("queued");
    assertThat(admitted()).hasSize(2);
  }

  /** An attempt with a report of a pause by this admission, or without any report. */
  private void attempt(String run, long number, @Nullable Long pausedAdmission) {
    EventOrigin origin = new EventOrigin("/test", "e1", "diffstream.tasks/0/0");
    backends.store.put(ObjectKeys.attempt(run, number), new byte[] {'{', '}'}, Map.of());
    if (pausedAdmission != null) {
      backends.store.put(
          ObjectKeys.report(run, number),
          Json.write(
              RunReportBuilder.builder()
                  .runId(run)
                  .taskId("t")
                  .event(origin)
                  .attempt(number)
                  .outcome(RunReport.Outcome.PAUSED)
                  .admission(pausedAdmission)
                  .warnings(List.of())
                  .started(now)
                  .finished(now)
                  .build()),
          Map.of());
    }
  }

  @Test
  void aCancellationStandsWhateverIsAskedAfterIt() {
    String run = submit("t", "e1");
    Registrar registrar = registrar();
    worker(run, Phase.LEARNING_MASK);
    ask(registrar, run, RunControl.CANCEL);
    ask(registrar, run, RunControl.PAUSE);
    worker(run, Phase.PAUSED);
    step(registrar);
    assertThat(state(registrar, run)).isEqualTo("cancelled");
    ask(registrar, run, RunControl.RESUME);
    assertThat(admitted()).containsExactly("e1");
  }

  /** Somebody has taken the reason off a dead letter, and left its place. */
  @Test
  void aRecordThatNamesAnotherPlaceIsAnEventOfItsOwn() {
    submit("t", "e1");
    Received first = backends.records(Topics.TASKS).getFirst();
    Map<String, String> headers = new HashMap<>(first.headers());
    headers.put("ce_id", "e2");
    headers.put("diffstream_origin", "diffstream.tasks/0/0");
    backends.log.publish(Topics.TASKS, new Message("t", headers, first.value()));
    registrar();
    assertThat(admitted()).containsExactly("e1", "e2");
    assertThat(lastAdmitted().headers()).containsEntry("diffstream_origin", "diffstream.tasks/0/1");
  }

  @Test
  void aDuplicateThatIsLearnedAfterTheFirstFailedCanBeSteered() {
    String run = submit("t", "e1");
    submit("t", "e1");
    Registrar registrar = registrar();
    fail(run, "INVALID_RECORD");
    step(registrar);
    assertThat(admitted()).containsExactly("e1", "e1");
    worker(run, Phase.LEARNING_MASK);
    step(registrar);
    assertThat(state(registrar, run)).isEqualTo("running");
  }

  /** A worker that died behind its dead letter sends it again, and has read the pause by then. */
  @Test
  void aDeadLetterThatIsSentTwiceDoesNotUseUpAPauseOfTheNextEvent() {
    String run = submit("t", "e1");
    submit("t", "e1");
    Registrar first = registrar();
    fail(run, "INVALID_RECORD");
    step(first);
    ask(first, run, RunControl.PAUSE);
    Received letter = backends.records(Topics.TASKS_DEAD_LETTERS).getFirst();
    Map<String, String> headers = new HashMap<>(letter.headers());
    headers.put("diffstream_control", "1");
    backends.log.publish(
        Topics.TASKS_DEAD_LETTERS, new Message(letter.key(), headers, letter.value()));
    worker(run, Phase.PAUSED);
    Registrar second = registrar();
    assertThat(state(second, run)).isEqualTo("paused");
    new RunRequests(
            new RunControls(backends.store, () -> now),
            id -> Optional.ofNullable(second.snapshot().runs().get(id)),
            second::asked)
        .ask(run, RunControl.RESUME, "ada", "resume", null);
    step(second);
    assertThat(admitted()).containsExactly("e1", "e1", "e1");
  }

  @Test
  void aClockThatIsSetBackDelaysNothing() {
    Registrar registrar = registrar();
    submit(
        "e1",
        TaskSubmittedBuilder.builder(
                TaskSubmitted.of("t", Objective.CLASSIFICATION, "tasks/t/data/a"))
            .base("other")
            .build());
    step(registrar);
    now = now.minus(Duration.ofHours(1));
    backends.store.put(
        ObjectKeys.baseDescriptor(OTHER_BASE),
        Json.write(new BaseDescriptor("other", OTHER_BASE, List.of())),
        Map.of());
    step(registrar);
    assertThat(backends.records(Topics.work(OTHER_BASE))).hasSize(1);
  }

  /** What a worker sends of a run that failed. */
  private void fail(String run, String code) {
    Received event = lastAdmitted();
    backends.send(
        Topics.RUNS,
        dev.diffstream.schemas.event.RunFailedBuilder.builder()
            .runId(run)
            .taskId("t")
            .attempt(1L)
            .errorCode(dev.diffstream.schemas.FailureCode.of(ErrorCode.valueOf(code)))
            .message("no")
            .build(),
        Map.of());
    Map<String, String> headers = new HashMap<>(event.headers());
    headers.put("diffstream_error_code", code);
    headers.put("diffstream_run_id", run);
    backends.log.publish(
        Topics.TASKS_DEAD_LETTERS, new Message(event.key(), headers, event.value()));
  }
}

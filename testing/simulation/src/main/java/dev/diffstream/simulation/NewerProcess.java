package dev.diffstream.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.DiffPublishedBuilder;
import dev.diffstream.schemas.event.Event;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.schemas.event.RunFailedBuilder;
import dev.diffstream.schemas.event.RunProgressedBuilder;
import dev.diffstream.schemas.event.VersionAnnounced;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.AliasGeneration;
import dev.diffstream.schemas.registry.AliasGenerationBuilder;
import dev.diffstream.schemas.registry.AliasTarget;
import dev.diffstream.schemas.registry.Move;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.simulation.schedule.Scheduler;
import dev.diffstream.simulation.schedule.SimulatedProcess;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Worker and registry of a newer release, while an upgrade is under way: what they write has
 * fields, phases, outcomes, stages, error codes, aliases and moves that the others do not know.
 */
final class NewerProcess implements SimulatedProcess {
  private static final int MAX_DEEDS = 5;
  private static final int ROLLED_BACK_ONE_IN = 3;
  private static final Instant TIME = Instant.EPOCH.plusSeconds(1);

  private final ObjectStore store;
  private final EventLog log;
  private final Scheduler scheduler;
  private final int events;
  private final List<RegistryProcess> registries;
  private int deedsLeft;

  /**
   * @param events how many task events the producer sends
   * @param registries of the release before
   */
  NewerProcess(
      ObjectStore store,
      EventLog log,
      Scheduler scheduler,
      int events,
      List<RegistryProcess> registries) {
    this.store = store;
    this.log = log;
    this.scheduler = scheduler;
    this.events = events;
    this.registries = registries;
    this.deedsLeft = scheduler.random().nextInt(MAX_DEEDS);
  }

  @Override
  public String name() {
    return "newer";
  }

  @Override
  public void step() {
    if (deedsLeft == 0) {
      return;
    }
    String task = ProducerProcess.TASKS.get(scheduler.random().nextInt(2));
    try {
      switch (scheduler.random().nextInt(6)) {
        case 0 -> progress(task);
        case 1 -> failure(task);
        case 2 -> attempt(task);
        case 3 -> provisional(new TaskId(task));
        default -> move(new TaskId(task));
      }
      deedsLeft--;
    } catch (DiffstreamException e) {
      scheduler.note("gives up: " + e.code());
      rollBack();
    }
  }

  private void progress(String task) {
    Event event =
        RunProgressedBuilder.builder()
            .runId("run-newer-" + deedsLeft)
            .taskId(task)
            .attempt(1)
            .phase(Phase.ROUNDING)
            .step(1)
            .steps(2)
            .share(0.5)
            .build();
    publish(Topics.RUNS, event, "\"rounding\"", "\"distilling\"");
  }

  /** The dead letter first: nobody else would send it. */
  private void failure(String task) {
    String run = "run-newer-" + deedsLeft;
    log.publish(
        Topics.TASKS_DEAD_LETTERS,
        new Message(
            task,
            Map.of(
                "diffstream_run_id", run,
                "diffstream_error_code", "ROWS_TOO_STRANGE",
                "diffstream_error_message", "as the newer program says"),
            new byte[] {1}));
    Event event =
        RunFailedBuilder.builder()
            .runId(run)
            .taskId(task)
            .attempt(1L)
            .errorCode(FailureCode.of(ErrorCode.INVALID_RECORD))
            .message("as the newer program says")
            .build();
    publish(Topics.RUNS, event, "INVALID_RECORD", "ROWS_TOO_STRANGE");
  }

  /** An attempt at one of the producer's events that ended in a way that the others do not know. */
  private void attempt(String task) {
    String event = "e-" + scheduler.random().nextInt(events);
    String run = RunIds.of(ProducerProcess.SOURCE, event);
    long number;
    try (var keys = store.list(ObjectKeys.attemptsPrefix(run))) {
      number = 1 + keys.filter(key -> ObjectKeys.reportKey(key).isEmpty()).count();
    }
    Map<String, Object> begun = new HashMap<>();
    begun.put("runId", run);
    begun.put("taskId", task);
    begun.put("attempt", number);
    begun.put("event", Map.of("source", ProducerProcess.SOURCE, "id", event, "place", "unknown"));
    begun.put("started", TIME.toString());
    begun.put("accelerators", 3);
    if (store.putIfAbsent(ObjectKeys.attempt(run, number), Json.write(begun), Map.of())
        == ObjectStore.PutOutcome.EXISTS) {
      return;
    }
    Map<String, Object> report = new HashMap<>(begun);
    report.put("outcome", "suspended");
    report.put("warnings", List.of());
    report.put("finished", TIME.toString());
    store.putIfAbsent(ObjectKeys.report(run, number), Json.write(report), Map.of());
  }

  /**
   * A diff that asks for no version: one that has become a version, announced once more as a stage
   * on the way to it, or as a stage that the others do not know.
   */
  private void provisional(TaskId task) {
    VersionRecord version = newest(ObjectKeys.versionsPrefix(task), VersionRecord.class);
    if (version == null) {
      return;
    }
    Event event =
        DiffPublishedBuilder.builder()
            .runId("run-newer-" + deedsLeft)
            .taskId(task.value())
            .eventSource("/simulation/newer")
            .eventId("provisional-" + deedsLeft)
            .attempt(1)
            .digest(version.digest())
            .bytes(version.bytes())
            .baseDigest(version.baseDigest())
            .report(version.report())
            .stage(DiffPublished.PROVISIONAL)
            .build();
    String stage = scheduler.random().nextBoolean() ? DiffPublished.PROVISIONAL : "sketch";
    publish(Topics.DIFFS, event, '"' + DiffPublished.PROVISIONAL + '"', '"' + stage + '"');
  }

  /**
   * The champion gets a second name by a move of a kind that the others do not know. Perhaps the
   * upgrade is taken back before the move was announced: a registry of the release before is
   * started in the newer one's place.
   */
  private void move(TaskId task) {
    AliasGeneration newest = newest(ObjectKeys.aliasesPrefix(task), AliasGeneration.class);
    if (newest == null) {
      return;
    }
    Map<String, AliasTarget> aliases = new HashMap<>(newest.aliases());
    AliasTarget champion = newest.champion();
    if (champion != null) {
      aliases.put("shadow", champion);
    }
    AliasGeneration next =
        AliasGenerationBuilder.builder(newest)
            .generation(newest.generation() + 1)
            .aliases(aliases)
            .move(new Move("shadow", "newer", null, null, null))
            .created(TIME)
            .build();
    String key = ObjectKeys.aliases(task, next.generation());
    ObjectStore.PutOutcome outcome = store.putIfAbsent(key, Json.write(next), Map.of());
    if (scheduler.random().nextInt(ROLLED_BACK_ONE_IN) == 0) {
      rollBack();
    } else if (outcome == ObjectStore.PutOutcome.CREATED) {
      publish(Topics.ANNOUNCEMENTS, VersionAnnounced.of(next), "\"shadow\"", "\"shadow\"");
    }
  }

  /** The object of the highest number; null if there is none. */
  private <T> @Nullable T newest(String prefix, Class<T> type) {
    List<String> keys;
    try (var listed = store.list(prefix)) {
      keys = listed.toList();
    }
    return keys.isEmpty()
        ? null
        : store
            .get(keys.getLast(), 1 << 20)
            .map(bytes -> Json.read(bytes, type, keys.getLast()))
            .orElseThrow();
  }

  /** Sends the event with one of its words replaced. */
  private void publish(String topic, Event event, String known, String unknown) {
    EventCodec.Encoded encoded =
        EventCodec.encode(
            new EventEnvelope<>("n-" + deedsLeft, "/simulation/newer", TIME, Map.of(), event));
    String text = new String(encoded.value(), UTF_8);
    if (!text.contains(known)) {
      throw new IllegalStateException(text + " has no " + known);
    }
    byte[] value =
        text.replace(known, unknown).replaceFirst("\\{", "{\"new\":[1],").getBytes(UTF_8);
    log.publish(topic, new Message(event.subject(), encoded.headers(), value));
  }

  /** Whether or not its last deed was done, others take over. */
  @Override
  public void crash() {
    rollBack();
  }

  private void rollBack() {
    scheduler.note("is rolled back");
    registries.forEach(RegistryProcess::askToStop);
  }

  @Override
  public boolean isIdle() {
    return deedsLeft == 0;
  }
}

package dev.diffstream.registry;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.objectstore.ObjectStore;
import dev.diffstream.registry.announce.AuditEntry;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.correction.CorrectionBody;
import dev.diffstream.registry.fleet.Fleet;
import dev.diffstream.registry.retraining.RetrainingLoop;
import dev.diffstream.registry.retraining.RuleBody;
import dev.diffstream.registry.runs.RunView;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.correction.Correction;
import dev.diffstream.schemas.correction.Retraining;
import dev.diffstream.schemas.correction.RetrainingRule;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.GatewayResidency.Window;
import dev.diffstream.schemas.event.GatewayResidencyBuilder;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.ActorName;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.run.RunReportBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A task with a champion that knows the labels no and yes, and registries that look after it. */
final class CorrectedWorld {
  static final TaskId TASK = new TaskId("songs");
  static final String DATA = ObjectKeys.data(TASK, "a.csv");
  static final ActorName ADA = new ActorName("ada");

  final InMemoryBackends backends = new InMemoryBackends();
  final Map<String, RunView> runs = new HashMap<>();
  final Fleet fleet = new Fleet();
  Instant now = InMemoryBackends.NOW;
  final List<AuditEntry> audited = new ArrayList<>();
  int corrections;

  CorrectedWorld() {
    champion("e1", TaskSubmitted.of(TASK.value(), Objective.CLASSIFICATION, DATA));
  }

  /** A version whose report holds its event. */
  void champion(String eventId, TaskSubmitted event) {
    DiffPublished published =
        backends.publish(
            TASK.value(), eventId, InMemoryBackends.diff(TASK.value(), new int[] {3}, 0.9));
    backends.report(published);
    byte[] bytes = backends.store.get(published.report(), RunReport.MAX_BYTES).orElseThrow();
    RunReport report =
        RunReportBuilder.builder(Json.read(bytes, RunReport.class, "report"))
            .task(Json.tree(event))
            .build();
    backends.store.put(published.report(), Json.write(report), Map.of());
    try (Registrar registrar = backends.registrar()) {
      registrar.recover(Duration.ZERO);
    }
  }

  RetrainingLoop registry() {
    return registry(backends.store, backends.log);
  }

  RetrainingLoop registry(ObjectStore store, EventLog log) {
    return new RetrainingLoop(
        store,
        log,
        "registry",
        run -> Optional.ofNullable(runs.get(run)),
        () -> true,
        audited::add,
        fleet::of,
        () -> now);
  }

  /** A gateway says how sure of its answers the champion was at first, and is now. */
  void confidence(Window reference, Window latest) {
    fleet.onResidency(
        GatewayResidencyBuilder.builder()
            .gatewayId("g-1")
            .incarnation("a")
            .taskId(TASK.value())
            .generation(1)
            .version(1)
            .digest(new VersionLog(backends.store).versions(TASK).getLast().digest())
            .state(GatewayResidency.State.LOADED)
            .confidence(new GatewayResidency.Confidence(reference, latest))
            .build(),
        now);
  }

  /** As many steps as it takes to do what is due now. */
  static void settle(RetrainingLoop registry) {
    for (int i = 0; i < 4; i++) {
      registry.step(Duration.ZERO);
    }
  }

  Correction correct(RetrainingLoop registry, String label) {
    return correct(registry, label, null);
  }

  Correction correct(RetrainingLoop registry, String label, @Nullable String answered) {
    return registry.corrections().add(TASK, body(++corrections, label, answered), ADA, null);
  }

  static CorrectionBody body(int text, String label, @Nullable String answered) {
    return new CorrectionBody("text " + text, null, label, answered, null, null, null);
  }

  static RuleBody after(int corrections, Duration cooldown, RetrainingRule.Budget budget) {
    return new RuleBody(corrections, null, null, cooldown.toSeconds(), budget, null, null, "tests");
  }

  List<Retraining> retrainings() {
    String prefix = ObjectKeys.retrainingsPrefix(TASK);
    return backends
        .store
        .list(prefix)
        .map(
            key -> Json.read(backends.store.get(key, 1 << 20).orElseThrow(), Retraining.class, key))
        .toList();
  }

  /** The task events that retrainings have sent, by their ids. */
  List<String> sent() {
    return backends.records(Topics.TASKS).stream()
        .map(Received::headers)
        .filter(headers -> Retraining.SOURCE.equals(headers.get("ce_source")))
        .map(headers -> String.valueOf(headers.get("ce_id")))
        .toList();
  }

  /** The run of the newest retraining has ended. */
  void endRun() {
    Retraining last = retrainings().getLast();
    runs.put(last.runId(), RunView.of(last.runId(), TASK.value(), now).withVersion(1, now));
  }
}

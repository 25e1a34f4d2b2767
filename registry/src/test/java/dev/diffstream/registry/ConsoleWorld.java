package dev.diffstream.registry;

import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.registry.console.ConsoleMode;
import dev.diffstream.registry.promotion.PromotionSettings;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.GatewayResidencyBuilder;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.schemas.event.RunFailedBuilder;
import dev.diffstream.schemas.event.RunProgressedBuilder;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.event.TaskSubmittedBuilder;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.run.Confusion;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.run.RunReportBuilder;
import dev.diffstream.schemas.run.RunReportDataSummaryBuilder;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A registry with its pages: a task of two versions, a run that is learned, and one that failed.
 */
final class ConsoleWorld implements AutoCloseable {
  static final String LEARNED = RunIds.of("/shop", "new");
  static final String FAILED = RunIds.of("/shop", "old");
  static final String HOSTILE = "<img src=x onerror=alert(1)>";

  final InMemoryBackends backends = new InMemoryBackends();
  private final ProtocolGateway gateway = new ProtocolGateway();
  private final RegistryServer server;

  ConsoleWorld(boolean readOnly) {
    RegistrySettings like = InMemoryBackends.settings();
    published("reviews", "e1", 1, 0.8);
    published("reviews", "e2", 2, 0.9);
    published("mail", "e3", 3, 0.7);
    submit("new", "desk");
    submit("old", HOSTILE);
    submit("next", "desk");
    fail();
    server =
        RegistryServer.start(
            RegistrySettingsBuilder.builder(like)
                .console(new ConsoleMode(readOnly, gateway.address()))
                .promotion(new PromotionSettings(List.of("mail"), Duration.ZERO))
                .build(),
            backends.store,
            backends.log,
            io.opentelemetry.api.OpenTelemetry.noop());
    backends.log.ensureTopic(Topics.workTopic(InMemoryBackends.BASE));
    while (backends.records(Topics.work(InMemoryBackends.BASE)).isEmpty()) {
      Thread.onSpinWait(); // until a worker can have the first event
    }
    for (int step = 0; step < 40; step++) {
      progress(step);
    }
  }

  URI page(String path) {
    return URI.create("http://127.0.0.1:" + server.port() + path);
  }

  /** A diff with the report of its run. */
  private void published(String task, String event, int position, double score) {
    DiffPublished diff =
        backends.stored(task, event, InMemoryBackends.diff(task, new int[] {position}, score));
    RunReport report =
        RunReportBuilder.builder()
            .runId(diff.runId())
            .taskId(task)
            .event(new EventOrigin("/test", event, RunIds.place(Topics.TASKS, 0, 0)))
            .attempt(1)
            .worker("worker-1")
            .outcome(RunReport.Outcome.PUBLISHED)
            .published(diff)
            .data(
                RunReportDataSummaryBuilder.builder()
                    .labels(List.of("no", "yes"))
                    .invalidRecordCount(0)
                    .build())
            .warnings(List.of())
            .settings(Map.of("seed", "7", "stage1Rate", "0.00" + position))
            .metrics(Map.of("score", score, "majority", 0.5))
            .confusion(
                Confusion.of(
                    List.of(
                        new Confusion.Cell("no", "no", 40),
                        new Confusion.Cell("yes", "yes", 50),
                        new Confusion.Cell("yes", "no", 7))))
            .started(InMemoryBackends.NOW)
            .finished(InMemoryBackends.NOW.plusSeconds(90))
            .build();
    backends.store.put(diff.report(), Json.write(report), Map.of());
    backends.send(Topics.DIFFS, diff, Map.of());
  }

  private void submit(String id, String owner) {
    TaskSubmitted task =
        TaskSubmittedBuilder.builder(
                TaskSubmitted.of("reviews", Objective.CLASSIFICATION, "tasks/reviews/data/a"))
            .owner(owner)
            .build();
    EventCodec.Encoded encoded =
        EventCodec.encode(new EventEnvelope<>(id, "/shop", Instant.now(), Map.of(), task));
    backends.log.publish(Topics.TASKS, new Message("reviews", encoded.headers(), encoded.value()));
  }

  private void progress(int step) {
    backends.send(
        Topics.RUNS,
        RunProgressedBuilder.builder()
            .runId(LEARNED)
            .taskId("reviews")
            .attempt(1)
            .worker("worker-1")
            .device("cpu")
            .phase(Phase.LEARNING_MASK)
            .step(step)
            .steps(100)
            .loss(2.0 / (1 + step))
            .openGates(1.0 / (1 + step))
            .devScore(0.5 + step / 100.0)
            .secondsLeft(200.0)
            .share(step / 100.0)
            .admission(1L)
            .build(),
        Map.of());
  }

  private void fail() {
    String message = "line 7 says " + HOSTILE;
    backends.send(
        Topics.RUNS,
        RunFailedBuilder.builder()
            .runId(FAILED)
            .taskId("reviews")
            .attempt(1L)
            .errorCode(FailureCode.of(ErrorCode.INVALID_RECORD))
            .message(message)
            .build(),
        Map.of());
    var event = backends.records(Topics.TASKS).get(1);
    Map<String, String> headers = new HashMap<>(event.headers());
    headers.put("diffstream_error_code", "INVALID_RECORD");
    headers.put("diffstream_error_message", message);
    headers.put("diffstream_run_id", FAILED);
    headers.put("diffstream_origin", event.place());
    backends.log.publish(
        Topics.TASKS_DEAD_LETTERS, new Message(event.key(), headers, event.value()));
  }

  /** What a gateway says of the newest generation. */
  void gateway(long generation, long version, String digest) {
    backends.send(
        Topics.RESIDENCY,
        GatewayResidencyBuilder.builder()
            .gatewayId("gateway-1")
            .incarnation("i-1")
            .taskId("reviews")
            .generation(generation)
            .version(version)
            .digest(digest)
            .state(GatewayResidency.State.LOADED)
            .build(),
        Map.of());
  }

  @Override
  public void close() {
    server.close();
    gateway.close();
  }
}

package dev.diffstream.registry;

import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.registry.console.ConsoleMode;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.Topics;
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
import dev.diffstream.schemas.run.RunIds;
import java.net.URI;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * A registry with its pages: a task of two versions, a run that is learned, and one that failed.
 */
final class ConsoleWorld implements AutoCloseable {
  static final String LEARNED = RunIds.of("/shop", "new");
  static final String FAILED = RunIds.of("/shop", "old");
  static final String HOSTILE = "<img src=x onerror=alert(1)>";

  final InMemoryBackends backends = new InMemoryBackends();
  private final RegistryServer server;

  ConsoleWorld(boolean readOnly) {
    RegistrySettings like = InMemoryBackends.settings();
    backends.publish("reviews", "e1", InMemoryBackends.diff("reviews", new int[] {1}, 0.8));
    backends.publish("reviews", "e2", InMemoryBackends.diff("reviews", new int[] {2}, 0.9));
    submit("new", "desk");
    submit("old", HOSTILE);
    submit("next", "desk");
    fail();
    server =
        RegistryServer.start(
            new RegistrySettings(
                like.id(),
                like.host(),
                like.port(),
                like.maxDiffBytes(),
                like.maxDensity(),
                like.removeAfter(),
                like.trustedKeys(),
                like.admission(),
                new ConsoleMode(readOnly),
                like.webhooks(),
                like.openLineage()),
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
  }
}

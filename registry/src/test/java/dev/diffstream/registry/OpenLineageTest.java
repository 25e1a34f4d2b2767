package dev.diffstream.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.registry.catalog.VersionLog;
import dev.diffstream.registry.openlineage.OpenLineageEvents;
import dev.diffstream.registry.openlineage.OpenLineageSettings;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.Event;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.EventEnvelope;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.schemas.event.RunFailedBuilder;
import dev.diffstream.schemas.event.RunProgressedBuilder;
import dev.diffstream.schemas.json.Json;
import io.openlineage.client.OpenLineage.InputDataset;
import io.openlineage.client.OpenLineage.OutputDataset;
import io.openlineage.client.OpenLineage.RunEvent;
import io.openlineage.client.OpenLineage.RunEvent.EventType;
import io.openlineage.client.OpenLineageClientUtils;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Runs told to a receiver over real HTTP; what it gets is read by OpenLineage's own classes. */
class OpenLineageTest {
  private static final InstantSource CLOCK = InstantSource.fixed(InMemoryBackends.NOW);

  private final InMemoryBackends backends = new InMemoryBackends();
  private final LearnedVersion learned = new LearnedVersion(backends, "e1");
  private final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();
  private final Deque<Integer> answers = new ArrayDeque<>();
  private final HttpServer receiver = receiver();

  private record Call(String path, String authorization, int answer, String body) {
    RunEvent event() {
      return OpenLineageClientUtils.runEventFromJson(body);
    }
  }

  private HttpServer receiver() {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext(
          "/",
          exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            int answer;
            synchronized (answers) {
              answer = answers.isEmpty() ? 201 : answers.removeFirst();
            }
            String authorization = exchange.getRequestHeaders().getFirst("Authorization");
            calls.add(
                new Call(
                    exchange.getRequestURI().getPath(),
                    String.valueOf(authorization),
                    answer,
                    body));
            exchange.sendResponseHeaders(answer, -1);
            exchange.close();
          });
      server.start();
      return server;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @AfterEach
  void stop() {
    receiver.stop(0);
  }

  @Test
  void aRunBeginsAndBecomesAVersion() throws Exception {
    learned.store(null);
    try (OpenLineageEvents events = tell(CLOCK, "hush")) {
      progress(learned.published.runId(), 1);
      Call call = next();
      assertThat(call.path()).isEqualTo("/api/v1/lineage");
      assertThat(call.authorization()).isEqualTo("Bearer hush");
      RunEvent start = call.event();
      assertThat(start.getEventType()).isEqualTo(EventType.START);
      assertThat(start.getEventTime().toInstant())
          .as("when the first attempt began")
          .isEqualTo(LearnedVersion.FIRST_BEGAN);
      assertThat(start.getJob().getNamespace()).isEqualTo("diffstream");
      assertThat(start.getJob().getName()).isEqualTo("reviews");

      versioned();
      RunEvent complete = next().event();
      assertThat(complete.getEventType()).isEqualTo(EventType.COMPLETE);
      assertThat(complete.getRun().getRunId())
          .isEqualTo(start.getRun().getRunId())
          .isEqualTo(UUID.nameUUIDFromBytes(learned.published.runId().getBytes(UTF_8)));
      assertThat(complete.getEventTime().toInstant()).isEqualTo(InMemoryBackends.NOW);
      InputDataset file = complete.getInputs().getFirst();
      assertThat(file.getNamespace()).isEqualTo("s3://bucket");
      assertThat(file.getName()).isEqualTo("tasks/reviews/data/two words.csv");
      assertThat(file.getFacets().getVersion().getDatasetVersion())
          .isEqualTo(LearnedVersion.FILE.digest());
      assertThat(file.getInputFacets().getInputStatistics().getRowCount()).isEqualTo(100);
      assertThat(file.getInputFacets().getInputStatistics().getSize()).isEqualTo(4711);
      assertThat(complete.getInputs().get(1).getName()).isEqualTo("bases/" + InMemoryBackends.BASE);
      OutputDataset model = complete.getOutputs().getFirst();
      assertThat(model.getName()).isEqualTo("reviews");
      assertThat(model.getFacets().getVersion().getDatasetVersion()).isEqualTo("1");
      assertThat(model.getFacets().getSymlinks().getIdentifiers().getFirst().getName())
          .isEqualTo(ObjectKeys.diff(learned.published.digest()));
      assertThat(complete.getRun().getFacets().getExecutionParameters().getParameters())
          .extracting(parameter -> parameter.getKey() + "=" + parameter.getValue())
          .containsExactly("density=0.002", "seed=42");
      assertThat(complete.getRun().getFacets().getProcessing_engine().getVersion())
          .isEqualTo("build-2");
    }
  }

  @Test
  void everyFieldThatTheSpecificationDemandsIsThere() throws Exception {
    learned.store(null);
    try (OpenLineageEvents events = tell(CLOCK, "")) {
      versioned();
      Call call = next();
      assertThat(call.authorization()).isEqualTo("null");
      JsonNode event = Json.parse(call.body().getBytes(UTF_8), "event");
      for (String field : List.of("eventTime", "eventType", "producer", "schemaURL")) {
        assertThat(event.path(field).asText()).as(field).isNotEmpty();
      }
      assertThat(event.at("/run/runId").asText()).hasSize(36);
      int facets = 0;
      for (String facetsOf :
          List.of("/run/facets", "/job/facets", "/inputs/0/facets", "/outputs/0/facets")) {
        for (JsonNode facet : event.at(facetsOf)) {
          assertThat(facet.path("_producer").asText()).as(facetsOf).isNotEmpty();
          assertThat(facet.path("_schemaURL").asText()).as(facetsOf).startsWith("https://");
          facets++;
        }
      }
      assertThat(facets).isGreaterThan(5);
    }
  }

  @Test
  void aReceiverThatFailsAtFirstHearsOfItOnceMoreTheSame() throws Exception {
    answers.addAll(List.of(500, 401));
    try (OpenLineageEvents events = tell(CLOCK, "")) {
      failed("run-7", ErrorCode.INVALID_RECORD, InMemoryBackends.NOW);
      Call first = next();
      Call second = next();
      Call third = next();
      assertThat(List.of(first.answer(), second.answer(), third.answer()))
          .containsExactly(500, 401, 201);
      assertThat(second.body()).isEqualTo(first.body());
      assertThat(third.body()).isEqualTo(first.body());
      assertThat(third.event().getEventType()).isEqualTo(EventType.FAIL);
      assertThat(third.event().getRun().getFacets().getErrorMessage().getMessage())
          .isEqualTo("INVALID_RECORD: line 7");
    }
    try (OpenLineageEvents again = tell(CLOCK, "")) {
      failed("run-8", ErrorCode.CANCELLED, InMemoryBackends.NOW);
      Call next = next();
      assertThat(next.event().getEventType())
          .as("what was told is not told again")
          .isEqualTo(EventType.ABORT);
      assertThat(calls).isEmpty();
    }
  }

  @Test
  void anEventThatIsRefusedHoldsBackNoOther() throws Exception {
    answers.add(422);
    try (OpenLineageEvents events = tell(CLOCK, "")) {
      failed("run-7", ErrorCode.INVALID_RECORD, InMemoryBackends.NOW);
      failed("run-8", ErrorCode.INVALID_RECORD, InMemoryBackends.NOW);
      assertThat(next().answer()).isEqualTo(422);
      assertThat(runId(next())).isEqualTo("run-8");
      assertThat(calls).isEmpty();
    }
  }

  /** A later attempt checks the data again; a registry that starts again tells the same. */
  @Test
  void repetitionsAreTheSameEvent() throws Exception {
    learned.store(null);
    versioned();
    String first;
    try (OpenLineageEvents events = tell(CLOCK, "")) {
      progress(learned.published.runId(), 1);
      progress(learned.published.runId(), 2);
      first = next().body() + next().body();
      failed("run-8", ErrorCode.INVALID_RECORD, InMemoryBackends.NOW);
      assertThat(runId(next())).as("the second attempt begins no second run").isEqualTo("run-8");
    }
    progress(learned.published.runId(), 2);
    try (OpenLineageEvents again = tell(CLOCK, "")) {
      String start = next().body();
      assertThat(first).contains(start);
    }
  }

  @Test
  void thePastIsNotTold() throws Exception {
    learned.store(null);
    versioned();
    failed("run-7", ErrorCode.INVALID_RECORD, InMemoryBackends.NOW.minus(Duration.ofDays(2)));
    Instant later = InMemoryBackends.NOW.plus(Duration.ofHours(25));
    try (OpenLineageEvents events = tell(InstantSource.fixed(later), "")) {
      failed("run-8", ErrorCode.INVALID_RECORD, later);
      assertThat(runId(next())).isEqualTo("run-8");
      assertThat(calls).isEmpty();
    }
  }

  @Test
  void brokenRecordsAndReportsHoldBackNothing() throws Exception {
    backends.log.publish(Topics.RUNS, new Message("x", Map.of(), "no event".getBytes(UTF_8)));
    learned.store(null);
    backends.store.put(learned.published.report(), "no report".getBytes(UTF_8), Map.of());
    try (OpenLineageEvents events = tell(CLOCK, "")) {
      failed(learned.published.runId(), ErrorCode.INVALID_RECORD, InMemoryBackends.NOW);
      assertThat(next().event().getInputs()).isNullOrEmpty();
    }
  }

  private OpenLineageEvents tell(InstantSource clock, String apiKey) {
    URI url = URI.create("http://127.0.0.1:" + receiver.getAddress().getPort());
    return OpenLineageEvents.start(
        backends.log,
        backends.store,
        new VersionLog(backends.store),
        new OpenLineageSettings(url, apiKey, "diffstream"),
        clock);
  }

  private Call next() throws InterruptedException {
    Call call = calls.poll(30, TimeUnit.SECONDS);
    assertThat(call).isNotNull();
    return java.util.Objects.requireNonNull(call);
  }

  private static String runId(Call call) {
    return call.event().getRun().getFacets().getTags().getTags().getFirst().getValue();
  }

  /** The registrar makes the version and announces it. */
  private void versioned() {
    learned.publish();
    try (Registrar registrar = backends.registrar()) {
      while (!registrar.recover(Duration.ZERO)) {
        assertThat(registrar.snapshot().ready()).isFalse();
      }
      registrar.step(Duration.ZERO);
    }
  }

  private void progress(String runId, long attempt) {
    send(
        RunProgressedBuilder.builder()
            .runId(runId)
            .taskId("reviews")
            .attempt(attempt)
            .phase(Phase.CHECKING)
            .build(),
        InMemoryBackends.NOW);
  }

  private void failed(String runId, ErrorCode code, Instant time) {
    send(
        RunFailedBuilder.builder()
            .runId(runId)
            .taskId("mail")
            .errorCode(FailureCode.of(code))
            .message("line 7")
            .report(learned.published.report())
            .build(),
        time);
  }

  private void send(Event event, Instant time) {
    var encoded =
        EventCodec.encode(
            new EventEnvelope<>(
                UUID.randomUUID().toString(), "/test/worker", time, Map.of(), event));
    backends.log.publish(
        Topics.RUNS, new Message(event.subject(), encoded.headers(), encoded.value()));
  }
}

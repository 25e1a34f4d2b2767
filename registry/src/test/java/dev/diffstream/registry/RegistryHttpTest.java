package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.EventOrigin;
import dev.diffstream.schemas.FailureCode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.GatewayResidency;
import dev.diffstream.schemas.event.GatewayResidencyBuilder;
import dev.diffstream.schemas.event.Phase;
import dev.diffstream.schemas.event.RunProgressedBuilder;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.run.RunReport;
import dev.diffstream.schemas.run.RunReportBuilder;
import dev.diffstream.schemas.run.RunReportDataSummaryBuilder;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The REST interface over real HTTP, on a bucket and topics in memory. */
final class RegistryHttpTest {
  private static final Duration LONGEST = Duration.ofSeconds(30);
  private final InMemoryBackends backends = new InMemoryBackends();
  private final HttpClient client = HttpClient.newHttpClient();
  private RegistryServer server =
      RegistryServer.start(
          InMemoryBackends.settings(),
          backends.store,
          backends.log,
          io.opentelemetry.api.OpenTelemetry.noop());
  private DiffPublished good = backends.stored("unused", "e0", new byte[1]);

  @BeforeEach
  void publish() throws Exception {
    good =
        backends.publish("reviews", "e1", InMemoryBackends.diff("reviews", new int[] {1, 2}, 0.9));
    DiffPublished bad =
        backends.publish("reviews", "e2", InMemoryBackends.diff("reviews", new int[] {1}, 0.2));
    backends.report(good);
    backends.send(
        Topics.RUNS,
        RunProgressedBuilder.builder()
            .runId("run-now")
            .taskId("songs")
            .attempt(1)
            .phase(Phase.CHECKING)
            .step(1)
            .steps(2)
            .share(0.5)
            .build(),
        Map.of());
    await("/v1/runs/" + bad.runId(), json -> json.path("state").asText().equals("failed"));
    await("/v1/tasks/reviews", json -> json.path("versions").asInt() == 1);
    await("/v1/runs/run-now", json -> json.path("state").asText().equals("running"));
  }

  @AfterEach
  void stop() {
    server.close();
    client.close();
  }

  @Test
  void tasksAndVersions() throws Exception {
    JsonNode tasks = get("/v1/tasks", 200);
    assertThat(tasks.at("/tasks/0/taskId").asText()).isEqualTo("reviews");
    assertThat(tasks.at("/tasks/0/aliases/champion/digest").asText()).isEqualTo(good.digest());
    assertThat(get("/v1/tasks/reviews", 200).at("/champion/metrics/score").asDouble())
        .isEqualTo(0.9);
    assertThat(get("/v1/tasks/reviews/versions", 200).at("/versions")).hasSize(1);
    JsonNode version = get("/v1/tasks/reviews/versions/1", 200);
    assertThat(version.path("runId").asText()).isEqualTo(good.runId());
    assertThat(version.path("created").isTextual()).isTrue();
    assertThat(version.path("method").asText()).isEqualTo("diff-pruning");
    assertThat(version.path("precision").asText()).isEqualTo("fp16");
  }

  @Test
  void runsJoinProgressAndReport() throws Exception {
    assertThat(get("/v1/runs", 200).path("runs")).hasSize(3);
    assertThat(get("/v1/runs?task=reviews", 200).path("runs")).hasSize(2);
    assertThat(get("/v1/runs?limit=1", 200).path("runs")).hasSize(1);
    JsonNode running = get("/v1/runs/run-now", 200);
    assertThat(running.at("/progress/phase").asText()).isEqualTo("checking");
    JsonNode done = get("/v1/runs/" + good.runId(), 200);
    assertThat(done.path("state").asText()).isEqualTo("versioned");
    assertThat(done.at("/report/outcome").asText()).isEqualTo("published");
    assertThat(get("/v1/runs/" + good.runId() + "/report", 200).path("runId").asText())
        .isEqualTo(good.runId());
  }

  @Test
  void theMainFactsOfAReportStandAtItsTopToo() throws Exception {
    String runId = "run-" + "7".repeat(24);
    RunReport report =
        RunReportBuilder.builder()
            .runId(runId)
            .taskId("reviews")
            .event(new EventOrigin("/test", "e7", "diffstream.tasks/0/7"))
            .attempt(1)
            .outcome(RunReport.Outcome.FAILED)
            .failure(
                new RunReport.Failure(
                    FailureCode.of(ErrorCode.INVALID_RECORD), "one is invalid", null))
            .data(
                RunReportDataSummaryBuilder.builder()
                    .examples(Map.of("train", 7))
                    .labels(List.of("no", "yes"))
                    .invalidRecords(List.of(new RunReport.InvalidRecord("a.csv", 3, "no label")))
                    .invalidRecordCount(1)
                    .build())
            .warnings(List.of("look"))
            .started(Instant.EPOCH)
            .finished(Instant.EPOCH)
            .build();
    backends.store.put(ObjectKeys.report(runId, 1), Json.write(report), Map.of());
    for (JsonNode told :
        List.of(
            get("/v1/runs/" + runId + "/report", 200),
            get("/v1/runs/" + runId, 200).path("report"))) {
      assertThat(told.path("place").asText()).isEqualTo("diffstream.tasks/0/7");
      assertThat(told.path("errorCode").asText()).isEqualTo("INVALID_RECORD");
      assertThat(told.at("/failure/errorCode").asText()).isEqualTo("INVALID_RECORD");
      assertThat(told.path("message").asText()).isEqualTo("one is invalid");
      assertThat(told.at("/examples/train").asInt()).isEqualTo(7);
      assertThat(told.at("/data/examples/train").asInt()).isEqualTo(7);
      assertThat(told.at("/labels/1").asText()).isEqualTo("yes");
      assertThat(told.at("/invalidRecords/0/line").asInt()).isEqualTo(3);
      assertThat(told.at("/warnings/0").asText()).isEqualTo("look");
    }
  }

  @Test
  void gatewaysTellWhatTheyHold() throws Exception {
    backends.publish("reviews", "e3", InMemoryBackends.diff("reviews", new int[] {3}, 0.9));
    await("/v1/tasks/reviews", json -> json.path("generation").asLong() == 2);
    for (String gateway : List.of("g-1", "g-2")) {
      GatewayResidency word =
          GatewayResidencyBuilder.builder()
              .gatewayId(gateway)
              .incarnation("a")
              .taskId("reviews")
              .generation(gateway.equals("g-1") ? 2 : 1)
              .version(1)
              .state(GatewayResidency.State.LOADED)
              .certificate(
                  new GatewayResidency.Certificate(
                      InMemoryBackends.BASE, null, 32, 31, List.of("songs"), Instant.EPOCH))
              .build();
      backends.send(Topics.RESIDENCY, word, Map.of());
    }
    await("/v1/gateways", json -> json.path("gateways").size() == 2);
    JsonNode gateways = get("/v1/gateways", 200);
    assertThat(gateways.at("/gateways/1/gatewayId").asText()).isEqualTo("g-2");
    assertThat(gateways.at("/gateways/1/tasks").asInt()).isEqualTo(1);
    assertThat(get("/v1/gateways/g-1", 200).at("/tasks/0/state").asText()).isEqualTo("loaded");
    JsonNode task = get("/v1/tasks/reviews/gateways", 200);
    assertThat(task.at("/convergence/converged").asBoolean()).isFalse();
    assertThat(task.at("/convergence/laggards/0").asText()).isEqualTo("g-2");
    assertThat(task.at("/gateways/0/announcedToSaidMillis").isNumber()).isTrue();
    assertThat(task.at("/gateways/1").has("announcedToSaidMillis")).isFalse();
    JsonNode certificate = task.at("/gateways/0/certificate");
    assertThat(certificate.path("tasks").asInt()).isEqualTo(32);
    assertThat(certificate.path("equal").asInt()).isEqualTo(31);
    assertThat(certificate.at("/different/0").asText()).isEqualTo("songs");
    assertThat(task.at("/gateways/0").has("confidence")).isFalse();
    failure("/v1/gateways/g-9", 404, "TASK_UNKNOWN");
    failure("/v1/tasks/nothing/gateways", 404, "TASK_UNKNOWN");
  }

  @Test
  void everyFailureHasTheSameForm() throws Exception {
    failure("/v1/tasks/nothing", 404, "TASK_UNKNOWN");
    failure("/v1/tasks/reviews/versions/7", 404, "VERSION_UNKNOWN");
    failure("/v1/tasks/reviews/versions/abc", 404, "VERSION_UNKNOWN");
    failure("/v1/runs/run-0", 404, "TASK_UNKNOWN");
    failure("/v1/runs/..%2Fx/report", 404, "TASK_UNKNOWN");
    failure("/v1/runs?limit=many", 400, "INVALID_REQUEST");
    failure("/no/such/path", 404, "INVALID_REQUEST");
    HttpResponse<String> wrongMethod =
        client.send(
            request("/v1/gateways").POST(HttpRequest.BodyPublishers.ofString("{")).build(),
            BodyHandlers.ofString());
    assertThat(wrongMethod.statusCode()).isEqualTo(405);
    assertThat(wrongMethod.body()).startsWith("{\"error\":{\"code\":\"INVALID_REQUEST\"");
  }

  @Test
  void healthMetricsAndOpenApi() throws Exception {
    assertThat(get("/health", 200).path("ready").asBoolean()).isTrue();
    get("/health/live", 200);
    get("/health/ready", 200);
    String metrics = send("/prometheus").body();
    assertThat(metrics)
        .contains("diffstream_registry_versions_total 1.0")
        .contains("diffstream_registry_refused_total{code=\"QUALITY_GATE_FAILED\"} 1.0")
        .contains("diffstream_registry_runs{state=\"failed\"} 1.0");
    HttpResponse<String> openApi = send("/openapi.yml");
    assertThat(openApi.statusCode()).isEqualTo(200);
    assertThat(openApi.body())
        .startsWith("openapi: 3")
        .contains("/v1/tasks/{taskId}/versions/{number}:", "/v1/runs/{runId}/report:");
    assertThat(openApi.body().split("name: Diffstream-Actor"))
        .as("every operation takes the actor")
        .hasSameSizeAs(openApi.body().split("operationId: "));
  }

  @Test
  void anActorOfAnotherFormIsRefused() throws Exception {
    HttpResponse<String> known =
        client.send(
            request("/v1/tasks").header("Diffstream-Actor", "ada").build(),
            BodyHandlers.ofString());
    assertThat(known.statusCode()).isEqualTo(200);
    HttpResponse<String> refused =
        client.send(
            request("/v1/tasks").header("Diffstream-Actor", "a".repeat(257)).build(),
            BodyHandlers.ofString());
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).startsWith("{\"error\":{\"code\":\"INVALID_REQUEST\"");
  }

  private void failure(String path, int status, String code) throws Exception {
    JsonNode error = get(path, status).path("error");
    assertThat(error.path("code").asText()).as(path).isEqualTo(code);
    assertThat(error.path("message").asText()).as(path).isNotBlank();
  }

  private JsonNode get(String path, int status) throws Exception {
    HttpResponse<String> response = send(path);
    assertThat(response.statusCode()).as(path + ": " + response.body()).isEqualTo(status);
    assertThat(response.headers().firstValue("content-type").orElse(""))
        .startsWith("application/json");
    return Json.parse(response.body().getBytes(java.nio.charset.StandardCharsets.UTF_8), path);
  }

  private HttpResponse<String> send(String path) throws Exception {
    return client.send(request(path).build(), BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
  }

  private void await(String path, Predicate<JsonNode> condition) throws Exception {
    long end = System.nanoTime() + LONGEST.toNanos();
    while (true) {
      HttpResponse<String> response = send(path);
      byte[] body = response.body().getBytes(java.nio.charset.StandardCharsets.UTF_8);
      if (response.statusCode() == 200 && condition.test(Json.parse(body, path))) {
        return;
      }
      assertThat(System.nanoTime()).as(path + " is " + response.body()).isLessThan(end);
      Thread.onSpinWait();
    }
  }
}

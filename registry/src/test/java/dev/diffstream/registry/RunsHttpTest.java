package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.json.Json;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs and dead letters over real HTTP. */
class RunsHttpTest {
  private static final Duration LONGEST = Duration.ofSeconds(30);

  private final ConsoleWorld world = new ConsoleWorld(false);
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeEach
  void awaitRuns() throws Exception {
    long end = System.nanoTime() + LONGEST.toNanos();
    while (json(get("/v1/runs?state=running")).path("runs").isEmpty()
        || json(get("/v1/runs?state=queued")).path("runs").isEmpty()
        || json(get("/v1/runs?state=failed")).path("runs").isEmpty()) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @AfterEach
  void close() {
    world.close();
    client.close();
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(HttpRequest.newBuilder(world.page(path)).build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String path, String body, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(world.page(path)).POST(BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private static JsonNode json(HttpResponse<String> answer) {
    return Json.parse(answer.body().getBytes(StandardCharsets.UTF_8), "answer");
  }

  @Test
  void runsAreFilteredByStateTaskAndOwner() throws Exception {
    assertThat(json(get("/v1/runs?state=running")).at("/runs/0/runId").asText())
        .isEqualTo(ConsoleWorld.LEARNED);
    assertThat(json(get("/v1/runs?owner=desk")).path("runs")).hasSize(2);
    assertThat(json(get("/v1/runs?owner=nobody")).path("runs")).isEmpty();
    JsonNode run = json(get("/v1/runs/" + ConsoleWorld.LEARNED));
    assertThat(run.at("/submission/owner").asText()).isEqualTo("desk");
    assertThat(run.at("/submission/state").asText()).isEqualTo("taken");
  }

  @Test
  void whatIsAskedIsWrittenOnceHoweverOftenItIsSent() throws Exception {
    String path = "/v1/runs/" + ConsoleWorld.LEARNED;
    String[] headers = {"Idempotency-Key", "k-1", "Diffstream-Actor", "ada"};
    HttpResponse<String> first = post(path + "/pause", "{\"reason\":\"night\"}", headers);
    assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
    assertThat(json(first).path("actor").asText()).isEqualTo("ada");
    assertThat(json(first).path("reason").asText()).isEqualTo("night");
    assertThat(post(path + "/pause", "", headers).body()).isEqualTo(first.body());
    assertThat(json(post(path + "/resume", "")).path("number").asLong()).isEqualTo(2);
    assertThat(json(post(path + "/cancel", "{}")).path("number").asLong()).isEqualTo(3);
    HttpResponse<String> late = post(path + "/pause", "");
    assertThat(late.statusCode()).isEqualTo(400);
    assertThat(late.body()).contains("is being cancelled");
  }

  @ParameterizedTest
  @CsvSource({
    "run-x/cancel, 404, TASK_UNKNOWN",
    "LEARNED/resume, 400, INVALID_REQUEST",
    "FAILED/cancel, 400, INVALID_REQUEST",
    "LEARNED/dance, 404, INVALID_REQUEST"
  })
  void whatCannotBeDoneIsRefused(String path, int status, String code) throws Exception {
    String real =
        path.replace("LEARNED", ConsoleWorld.LEARNED).replace("FAILED", ConsoleWorld.FAILED);
    HttpResponse<String> answer = post("/v1/runs/" + real, "");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.body()).contains(code);
    assertThat(post("/v1/runs/" + ConsoleWorld.LEARNED + "/pause", "[1]").statusCode())
        .isEqualTo(400);
  }

  @Test
  void deadLettersAreListedAndSentOnceMore() throws Exception {
    JsonNode letter = json(get("/v1/dead-letters?errorCode=INVALID_RECORD")).at("/deadLetters/0");
    assertThat(letter.path("runId").asText()).isEqualTo(ConsoleWorld.FAILED);
    assertThat(json(get("/v1/dead-letters?task=other")).path("deadLetters")).isEmpty();
    String selection = "{\"places\":[\"" + letter.path("place").asText() + "\"]}";
    JsonNode told = json(post("/v1/dead-letters/replay?dryRun=true", selection));
    assertThat(told.at("/replays/0/sent").asBoolean()).isTrue();
    assertThat(world.backends.records("diffstream.tasks")).hasSize(3);
    post("/v1/dead-letters/replay", selection);
    JsonNode again = json(post("/v1/dead-letters/replay", selection));
    assertThat(again.at("/replays/0/sent").asBoolean()).as(again.toString()).isFalse();
    assertThat(world.backends.records("diffstream.tasks")).hasSize(4);
    assertThat(post("/v1/dead-letters/replay", "{}").statusCode()).isEqualTo(400);
    assertThat(get("/v1/dead-letters?limit=0").statusCode()).isEqualTo(400);
  }
}

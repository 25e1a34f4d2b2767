package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.json.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
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

/** Moves over real HTTP, on a bucket and topics in memory. */
final class MovesHttpTest {
  private static final Duration LONGEST = Duration.ofSeconds(30);
  private static final String MOVES = "/v1/tasks/reviews/moves";
  private final InMemoryBackends backends = new InMemoryBackends();
  private final HttpClient client = HttpClient.newHttpClient();
  private final RegistryServer server =
      RegistryServer.start(
          InMemoryBackends.settings(),
          backends.store,
          backends.log,
          io.opentelemetry.api.OpenTelemetry.noop());

  @BeforeEach
  void publishTwoVersions() throws Exception {
    backends.publish("reviews", "e1", InMemoryBackends.diff("reviews", new int[] {1}, 0.8));
    backends.publish("reviews", "e2", InMemoryBackends.diff("reviews", new int[] {2}, 0.9));
    awaitGeneration(2);
  }

  @AfterEach
  void stop() {
    server.close();
    client.close();
  }

  private void awaitGeneration(long generation) throws Exception {
    long end = System.nanoTime() + LONGEST.toNanos();
    while (true) {
      HttpResponse<String> answer = send(request("/v1/tasks/reviews").GET());
      if (answer.statusCode() == 200 && json(answer).path("generation").asLong() == generation) {
        return;
      }
      assertThat(System.nanoTime()).as(answer.body()).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @Test
  void aMoveIsMadeListedAndSeenByTheRegistry() throws Exception {
    HttpRequest.Builder rollBack =
        request(MOVES)
            .header("Diffstream-Actor", "ada")
            .header("Idempotency-Key", "k-1")
            .POST(
                BodyPublishers.ofString(
                    "{\"kind\":\"roll-back\",\"generation\":2,\"reason\":\"too many refunds\"}"));
    JsonNode made = json(send(rollBack));
    assertThat(made.path("generation").asLong()).isEqualTo(3);
    assertThat(made.at("/aliases/champion/version").asLong()).isEqualTo(1);
    assertThat(json(send(rollBack))).as("repeated").isEqualTo(made);
    awaitGeneration(3);
    JsonNode moves = json(send(request(MOVES).GET()));
    assertThat(moves.path("moves")).hasSize(3);
    assertThat(moves.at("/moves/0/move/kind").asText()).isEqualTo("roll-back");
    assertThat(moves.at("/moves/0/move/actor").asText()).isEqualTo("ada");
    assertThat(moves.at("/moves/0/move/reason").asText()).isEqualTo("too many refunds");
    assertThat(moves.at("/moves/1/move/kind").asText()).isEqualTo("accept");
    assertThat(moves.has("next")).isFalse();
    JsonNode page = json(send(request(MOVES + "?limit=2").GET()));
    assertThat(page.path("next").asLong()).isEqualTo(2);
    page = json(send(request(MOVES + "?limit=2&before=2").GET()));
    assertThat(page.path("moves")).hasSize(1);
    String before = made.path("created").asText();
    page = json(send(request(MOVES + "?at=" + before).GET()));
    assertThat(page.at("/moves/0/generation").asLong()).isEqualTo(3);
    page = json(send(request(MOVES + "?at=2020-01-01T00:00:00Z").GET()));
    assertThat(page.path("moves")).isEmpty();
  }

  @Test
  void aDryRunTellsAndMovesNothing() throws Exception {
    BodyPublisher rollBack = BodyPublishers.ofString("{\"kind\":\"roll-back\",\"generation\":2}");
    JsonNode told = json(send(request(MOVES + "?dryRun=true").POST(rollBack)));
    assertThat(told.path("generation").asLong()).isEqualTo(3);
    assertThat(told.at("/aliases/champion/version").asLong()).isEqualTo(1);
    assertThat(json(send(request(MOVES).GET())).path("moves")).hasSize(2);
    HttpResponse<String> unclear = send(request(MOVES + "?dryRun=perhaps").POST(rollBack));
    assertThat(unclear.statusCode()).as(unclear.body()).isEqualTo(400);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "reviews | {'kind':'promote','version':1,'generation':1} | 412 | STALE_GENERATION",
        "reviews | {'kind':'promote','version':9,'generation':2} | 404 | VERSION_UNKNOWN",
        "reviews | {'kind':'promote','version':1}                | 400 | INVALID_REQUEST",
        "reviews | {'kind':'promote','version':'x','generation':2} | 400 | INVALID_REQUEST",
        "reviews | {'version':1,'generation':2}                  | 400 | INVALID_REQUEST",
        "reviews | {'kind':'explode','generation':2}             | 400 | INVALID_REQUEST",
        "reviews | nothing                                       | 400 | INVALID_REQUEST",
        "reviews | []                                            | 400 | INVALID_REQUEST",
        "songs   | {'kind':'roll-back','generation':2}           | 404 | TASK_UNKNOWN",
        "So_ngs! | {'kind':'roll-back','generation':2}           | 404 | TASK_UNKNOWN",
      })
  void aBadMoveIsRefused(String task, String body, int status, String code) throws Exception {
    HttpResponse<String> answer =
        send(
            request("/v1/tasks/" + task + "/moves")
                .POST(BodyPublishers.ofString(body.replace('\'', '"'))));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(json(answer).at("/error/code").asText()).isEqualTo(code);
    assertThat(json(answer).at("/error/message").asText()).isNotBlank();
  }

  @Test
  void aVersionIsDeletedOnceNoAliasNamesIt() throws Exception {
    String version = "/v1/tasks/reviews/versions/1";
    HttpResponse<String> refused = send(request(version).DELETE());
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(json(refused).at("/error/message").asText()).contains("is its previous");
    json(
        send(
            request(MOVES)
                .POST(
                    BodyPublishers.ofString(
                        "{\"kind\":\"withdraw\",\"version\":1,\"generation\":2}"))));
    JsonNode tombstone =
        json(
            send(
                request(version + "?reason=personal+data")
                    .header("Diffstream-Actor", "ada")
                    .DELETE()));
    assertThat(tombstone.path("actor").asText()).isEqualTo("ada");
    assertThat(tombstone.path("reason").asText()).isEqualTo("personal data");
    JsonNode versions = json(send(request("/v1/tasks/reviews/versions").GET()));
    assertThat(versions.path("versions")).hasSize(2);
    assertThat(versions.at("/deleted/0/version").asLong()).isEqualTo(1);
    assertThat(send(request("/v1/tasks/reviews/versions/9").DELETE()).statusCode()).isEqualTo(404);
    assertThat(send(request("/v1/tasks/songs/versions/1").DELETE()).statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource({
    "at=yesterday, INVALID_REQUEST",
    "limit=0, INVALID_REQUEST",
    "limit=101, INVALID_REQUEST",
    "before=x, INVALID_REQUEST"
  })
  void aBadQueryIsRefused(String query, String code) throws Exception {
    HttpResponse<String> answer = send(request(MOVES + "?" + query).GET());
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(json(answer).at("/error/code").asText()).isEqualTo(code);
  }

  @Test
  void anIdempotencyKeyOfAnotherFormIsRefused() throws Exception {
    HttpResponse<String> answer =
        send(
            request(MOVES)
                .header("Idempotency-Key", "k".repeat(129))
                .POST(BodyPublishers.ofString("{\"kind\":\"roll-back\",\"generation\":2}")));
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(json(answer).at("/error/message").asText()).contains("request id");
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private static JsonNode json(HttpResponse<String> answer) {
    return Json.parse(answer.body().getBytes(StandardCharsets.UTF_8), "answer");
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
  }
}

package dev.diffstream.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.json.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Corrections and rules as people send them. */
class CorrectionsHttpTest {
  private static final String CORRECTIONS = "/v1/tasks/songs/corrections";
  private static final String RULES = "/v1/tasks/songs/rules";
  private static final String CORRECTION =
      "{'text':'la la','label':'yes','answered':'no','answerId':'a-7'}";

  private final CorrectedWorld world = new CorrectedWorld();
  private final HttpClient client = HttpClient.newHttpClient();
  private final RegistryServer server =
      RegistryServer.start(
          InMemoryBackends.settings(),
          world.backends.store,
          world.backends.log,
          io.opentelemetry.api.OpenTelemetry.noop());

  @AfterEach
  void close() {
    server.close();
    client.close();
  }

  private HttpResponse<String> ask(String method, String path, String body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .header("content-type", "application/json")
            .header("Diffstream-Actor", "ada")
            .method(method, BodyPublishers.ofString(body.replace('\'', '"')));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private JsonNode answer(String method, String path, String body, String... headers)
      throws Exception {
    HttpResponse<String> response = ask(method, path, body, headers);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return Json.parse(response.body().getBytes(UTF_8), "answer");
  }

  @Test
  void aCorrectionIsANumberedRowOfTheTasksData() throws Exception {
    JsonNode first = answer("POST", CORRECTIONS, CORRECTION);
    assertThat(first.path("number").asLong()).isEqualTo(1);
    assertThat(first.path("actor").asText()).isEqualTo("ada");
    assertThat(answer("POST", CORRECTIONS, CORRECTION).path("number").asLong()).isEqualTo(2);
    String key = ObjectKeys.correction(CorrectedWorld.TASK, 1);
    byte[] row = world.backends.store.get(key, 1 << 20).orElseThrow();
    assertThat(Json.parse(row, key)).isEqualTo(first);
    assertThat(new String(row, UTF_8)).doesNotContain("\n");
  }

  @Test
  void arequestThatIsMadeAgainIsAnsweredAsBefore() throws Exception {
    JsonNode made = answer("POST", CORRECTIONS, CORRECTION, "Idempotency-Key", "k-1");
    answer("POST", CORRECTIONS, CORRECTION);
    assertThat(answer("POST", CORRECTIONS, CORRECTION, "Idempotency-Key", "k-1")).isEqualTo(made);
    HttpResponse<String> other =
        ask("POST", CORRECTIONS, CORRECTION.replace("la la", "lo"), "Idempotency-Key", "k-1");
    assertThat(other.statusCode()).isEqualTo(400);
    assertThat(other.body()).contains("INVALID_REQUEST", "k-1");
    assertThat(world.backends.store.list(ObjectKeys.correctionsPrefix(CorrectedWorld.TASK)))
        .hasSize(2);
  }

  @Test
  void requestsAtOnceGetOneNumberEach() throws Exception {
    List<Future<Long>> numbers = new ArrayList<>();
    try (ExecutorService people = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 40; i++) {
        String id = "k-" + i / 2; // each twice
        numbers.add(
            people.submit(
                () ->
                    answer("POST", CORRECTIONS, CORRECTION, "Idempotency-Key", id)
                        .path("number")
                        .asLong()));
      }
    }
    List<Long> given = new ArrayList<>();
    for (int i = 0; i < 40; i += 2) {
      given.add(numbers.get(i).get());
      assertThat(numbers.get(i + 1).get()).isEqualTo(given.getLast());
    }
    assertThat(given).doesNotHaveDuplicates().allMatch(number -> number >= 1 && number <= 20);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'text':'x','label':'yse'}                       | 422 | LABEL_MISMATCH  | the nearest is \\\"yes\\\"",
        "{'text':'x','label':'YES','newLabel':true}       | 422 | LABEL_MISMATCH  | differs from",
        "{'text':'x','label':' ','newLabel':true}         | 422 | LABEL_MISMATCH  | visible",
        "{'text':'x','label':'a\\u200bb','newLabel':true} | 422 | LABEL_MISMATCH  | visible",
        "{'text':' \\u00a0','label':'yes'}                | 400 | INVALID_REQUEST | text",
        "{'text':'\\ud800','label':'yes'}                 | 400 | INVALID_REQUEST | surrogate",
        "{'text':'x','textPair':'y','label':'yes'}        | 400 | INVALID_REQUEST | textPair",
        "{'text':'x','label':'yes','digest':'no'}         | 400 | INVALID_REQUEST | digest",
        "{'text':'x','label':'yes','answerId':''}         | 400 | INVALID_REQUEST | answerId",
        "{'text':7}                                       | 400 | INVALID_REQUEST | label",
        "[]                                               | 400 | INVALID_REQUEST | body",
        "nothing                                          | 400 | INVALID_REQUEST | JSON",
      })
  void whatCannotBeLearnedFromIsRefused(String body, int status, String code, String says)
      throws Exception {
    HttpResponse<String> refused = ask("POST", CORRECTIONS, body, "Idempotency-Key", "k");
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(status);
    assertThat(refused.body()).contains(code).contains(says);
    assertThat(world.backends.store.list("tasks/songs/").filter(key -> key.contains("correction")))
        .isEmpty();
  }

  @Test
  void aLongTextAndAStrangeTaskAreRefused() throws Exception {
    String text = "{'text':'" + "x".repeat(10_001) + "','label':'yes'}";
    assertThat(ask("POST", CORRECTIONS, text).body()).contains("at most 10000 characters");
    assertThat(ask("POST", "/v1/tasks/none/corrections", CORRECTION).body())
        .contains("TASK_UNKNOWN");
    assertThat(ask("POST", "/v1/tasks/..%2Fx/corrections", CORRECTION).statusCode()).isEqualTo(404);
    HttpResponse<String> key =
        ask("POST", CORRECTIONS, CORRECTION, "Idempotency-Key", "a".repeat(129));
    assertThat(key.body()).contains("INVALID_REQUEST");
  }

  @Test
  void aNewLabelIsTakenWhereItIsMeant() throws Exception {
    String body = "{'text':'x','label':'maybe','newLabel':true}";
    assertThat(answer("POST", CORRECTIONS, body).path("label").asText()).isEqualTo("maybe");
  }

  @Test
  void correctionsAreReadPageByPage() throws Exception {
    for (int i = 0; i < 5; i++) {
      answer("POST", CORRECTIONS, CORRECTION);
    }
    JsonNode page = answer("GET", CORRECTIONS + "?limit=3", "");
    assertThat(page.path("corrections").findValuesAsText("number")).containsExactly("5", "4", "3");
    JsonNode rest = answer("GET", CORRECTIONS + "?limit=3&before=" + page.path("next"), "");
    assertThat(rest.path("corrections").findValuesAsText("number")).containsExactly("2", "1");
    assertThat(rest.has("next")).isFalse();
    assertThat(ask("GET", CORRECTIONS + "?limit=0", "").statusCode()).isEqualTo(400);
  }

  @Test
  void aRuleIsTriedSetReadAndTakenAway() throws Exception {
    answer("POST", CORRECTIONS, CORRECTION);
    String rule = "{'corrections':2,'qualityBelow':0.9,'qualityOf':10,'reason':'try'}";
    JsonNode dry = answer("PUT", RULES + "?dryRun=true", rule);
    assertThat(dry.path("fires").asBoolean()).isFalse();
    assertThat(dry.at("/conditions/0/value").asLong()).isEqualTo(1);
    assertThat(dry.at("/conditions/1/says").asText()).startsWith("1 corrections");
    assertThat(dry.at("/event/data/train/1").asText())
        .isEqualTo(ObjectKeys.correctionsThrough(CorrectedWorld.TASK, 1));
    assertThat(dry.path("eventId").asText()).isEqualTo("songs/1");
    assertThat(answer("GET", RULES, "").has("rule")).isFalse();
    assertThat(world.backends.store.list(ObjectKeys.rulesPrefix())).isEmpty();

    JsonNode set = answer("PUT", RULES, rule, "Idempotency-Key", "r-1");
    assertThat(set.path("cooldownSeconds").asLong()).isEqualTo(3600);
    assertThat(set.at("/budget/perDay").asLong()).isEqualTo(4);
    assertThat(answer("PUT", RULES, rule, "Idempotency-Key", "r-1")).isEqualTo(set);
    assertThat(answer("GET", RULES, "").path("rule")).isEqualTo(set);
    assertThat(answer("GET", RULES + "/evaluation", "").path("rule")).isEqualTo(set);

    JsonNode removed = answer("DELETE", RULES + "?reason=enough", "");
    assertThat(removed.path("removed").asBoolean()).isTrue();
    assertThat(answer("GET", RULES, "").path("history")).hasSize(2);
    assertThat(ask("GET", RULES + "/evaluation", "").statusCode()).isEqualTo(404);
    assertThat(ask("DELETE", RULES, "").statusCode()).isEqualTo(404);
  }

  @Test
  void theEvaluationTellsTheNumbersOfADrift() throws Exception {
    answer("PUT", RULES, "{'confidenceDrift':3.5}");
    JsonNode condition = answer("GET", RULES + "/evaluation", "").at("/conditions/0");
    assertThat(condition.path("name").asText()).isEqualTo("confidenceDrift");
    assertThat(condition.path("threshold").asDouble()).isEqualTo(3.5);
    assertThat(condition.path("met").asBoolean()).isFalse();
    assertThat(condition.path("says").asText()).contains("0 first and 0 latest answers");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}                                       | condition",
        "{'corrections':0}                        | corrections",
        "{'qualityBelow':1.5}                     | qualityBelow",
        "{'qualityBelow':0.5,'qualityOf':5}       | qualityOf",
        "{'corrections':1,'cooldownSeconds':-1}   | cooldownSeconds",
        "{'corrections':1,'budget':{'perDay':0}}  | budget.perDay",
        "{'corrections':1,'minGain':1e300}        | minGain",
        "{'confidenceDrift':0}                    | confidenceDrift",
        "{'confidenceDrift':1e300}                | confidenceDrift",
        "7                                        | body",
      })
  void whatIsNoRuleIsRefused(String body, String says) throws Exception {
    HttpResponse<String> refused = ask("PUT", RULES, body);
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
    assertThat(refused.body()).contains("INVALID_REQUEST").contains(says);
    assertThat(world.backends.store.list(ObjectKeys.rulesPrefix())).isEmpty();
  }

  @Test
  void aRuleThatFiresIsSeenWithItsRun() throws Exception {
    answer("PUT", RULES, "{'corrections':1,'cooldownSeconds':0}");
    long begun = System.nanoTime();
    answer("POST", CORRECTIONS, CORRECTION);
    JsonNode retrainings = answer("GET", "/v1/tasks/songs/retrainings", "");
    while (!retrainings.at("/retrainings/0/state").asText().equals("queued")) {
      assertThat(System.nanoTime() - begun).isLessThan(30_000_000_000L);
      retrainings = answer("GET", "/v1/tasks/songs/retrainings", "");
    }
    assertThat(world.sent()).containsExactly("songs/1");
    String run = retrainings.at("/retrainings/0/runId").asText();
    assertThat(answer("GET", "/v1/runs/" + run, "").path("state").asText()).isEqualTo("queued");
    assertThat(retrainings.at("/retrainings/0/retraining/conditions/0/name").asText())
        .isEqualTo("corrections");
  }
}

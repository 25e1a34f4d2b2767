package dev.diffstream.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.registry.submission.TaskClaims;
import dev.diffstream.registry.submission.TaskSubmissions;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.registry.ActorName;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.service.access.Principal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Task events from callers who have curl alone. */
class SubmissionHttpTest {
  private static final String EVENT =
      "{\"taskId\":\"mail\",\"objective\":\"classification\",\"data\":{\"train\":\"tasks/mail/data/a.csv\"}}";

  private final InMemoryBackends backends = new InMemoryBackends();
  private final HttpClient client = HttpClient.newHttpClient();
  private final RegistryServer server =
      RegistryServer.start(
          InMemoryBackends.settings(),
          backends.store,
          backends.log,
          io.opentelemetry.api.OpenTelemetry.noop());

  @AfterEach
  void close() {
    server.close();
    client.close();
  }

  private HttpResponse<String> post(String type, byte[] body, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/v1/tasks"))
            .header("content-type", type)
            .timeout(Duration.ofSeconds(60))
            .POST(BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> json(String body, String... headers) throws Exception {
    return post("application/json", body.getBytes(UTF_8), headers);
  }

  @Test
  void anEventIsSentOnceHoweverOftenItIsAsked() throws Exception {
    backends.store.put("tasks/mail/data/a.csv", new byte[] {1}, Map.of());
    HttpResponse<String> first = json(EVENT, "Idempotency-Key", "k-1");
    assertThat(first.statusCode()).as(first.body()).isEqualTo(202);
    JsonNode submitted = Json.parse(first.body().getBytes(UTF_8), "answer");
    String run = submitted.path("runId").asText();
    long end = System.nanoTime() + 30_000_000_000L;
    while (client
            .send(
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.port() + "/v1/runs/" + run))
                    .build(),
                BodyHandlers.ofString())
            .statusCode()
        != 200) {
      assertThat(System.nanoTime()).isLessThan(end);
    }
    assertThat(json(EVENT, "Idempotency-Key", "k-1").body()).isEqualTo(first.body());
    assertThat(
            post(
                    "application/x-www-form-urlencoded",
                    EVENT.getBytes(UTF_8),
                    "Idempotency-Key",
                    "k-1")
                .body())
        .as("as curl -d sends it")
        .isEqualTo(first.body());
    assertThat(backends.records(Topics.TASKS)).hasSize(1);
    assertThat(backends.records(Topics.TASKS).getFirst().headers())
        .containsEntry("ce_source", "/diffstream/api")
        .containsEntry("ce_id", "k-1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'taskId':'mail'} | 400 | objective",
        "{'taskId':'Mail!','objective':'classification','data':{'train':'a'}} | 400 | taskId",
        "[] | 400 | no JSON object",
        "nothing | 400 | JSON",
        "{'taskId':'mail','objective':'classification','data':{'train':'tasks/mail/data/none'}} | 422 | tasks/mail/data/none"
      })
  void whatIsNoEventIsRefused(String body, int status, String says) throws Exception {
    HttpResponse<String> answer = json(body.replace('\'', '"'));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.body()).contains(says);
    assertThat(backends.records(Topics.TASKS)).isEmpty();
  }

  @Test
  void aFileComesAlongWithItsEvent() throws Exception {
    byte[] rows = "text,label\n".repeat(200_000).getBytes(UTF_8); // larger than any other body
    String head =
        "--b\r\ncontent-disposition: form-data; name=\"task\"\r\n\r\n"
            + "{\"taskId\":\"mail\",\"objective\":\"classification\"}\r\n--b\r\n"
            + "content-disposition: form-data; name=\"train\"; filename=\"../my mail.csv\"\r\n\r\n";
    byte[] body = (head + new String(rows, UTF_8) + "\r\n--b--\r\n").getBytes(UTF_8);
    HttpResponse<String> answer = post("multipart/form-data; boundary=b", body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    JsonNode event = Json.parse(backends.records(Topics.TASKS).getFirst().value(), "the event");
    String key = event.at("/data/train").asText();
    assertThat(key).startsWith("tasks/mail/data/").endsWith("my_mail.csv");
    assertThat(backends.store.get(key, 1 << 24)).get().isEqualTo(rows);
  }

  /** A form with a task and the file {@code rows} of this name. */
  private static byte[] form(String task, String fileName, String rows) {
    return ("--b\r\ncontent-disposition: form-data; name=\"task\"\r\n\r\n"
            + task
            + "\r\n--b\r\ncontent-disposition: form-data; name=\"more\"; filename=\"x\"\r\n\r\n1"
            + "\r\n--b\r\ncontent-disposition: form-data; name=\"train\"; filename=\""
            + fileName
            + "\"\r\n\r\n"
            + rows
            + "\r\n--b--\r\n")
        .getBytes(UTF_8);
  }

  private HttpResponse<String> form(String key, byte[] body) throws Exception {
    return post("multipart/form-data; boundary=b", body, "Idempotency-Key", key);
  }

  @Test
  void aKeyStandsForOneRequestWithItsFiles() throws Exception {
    String task = "{\"taskId\":\"mail\",\"objective\":\"classification\"}";
    HttpResponse<String> first = form("k", form(task, "a.csv", "text,label\na,b\n"));
    assertThat(first.statusCode()).as(first.body()).isEqualTo(202);
    assertThat(form("k", form(task, "a.csv", "text,label\na,b\n")).body()).isEqualTo(first.body());
    HttpResponse<String> other = form("k", form(task, "a.csv", "text,label\na,c\n"));
    assertThat(other.statusCode()).as(other.body()).isEqualTo(400);
    assertThat(other.body()).contains("used for another request, of task mail");
    assertThat(json(EVENT, "Idempotency-Key", "k").statusCode()).isEqualTo(400);
    JsonNode event = Json.parse(backends.records(Topics.TASKS).getFirst().value(), "the event");
    assertThat(backends.store.get(event.at("/data/train").asText(), 100))
        .get()
        .isEqualTo("text,label\na,b\n".getBytes(UTF_8));
    assertThat(backends.records(Topics.TASKS)).hasSize(1);
    assertThat(backends.store.list("tasks/")).hasSize(1);
  }

  @Test
  void requestsOfOneKeyAtTheSameTimeAreOneEvent() throws Exception {
    backends.store.put("tasks/mail/data/a.csv", new byte[] {1}, Map.of());
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<HttpResponse<String>>> answers =
          callers.invokeAll(Collections.nCopies(8, () -> json(EVENT, "Idempotency-Key", "same")));
      for (Future<HttpResponse<String>> answer : answers) {
        assertThat(answer.get().statusCode()).as(answer.get().body()).isEqualTo(202);
        assertThat(answer.get().body()).isEqualTo(answers.getFirst().get().body());
      }
    }
    assertThat(backends.records(Topics.TASKS)).hasSize(1);
  }

  /** The registry died between its word for the request and the event. */
  @Test
  void aRequestThatWasInterruptedIsFinishedByItsRepetition() throws Exception {
    backends.store.put("tasks/mail/data/a.csv", new byte[] {1}, Map.of());
    assertThat(json(EVENT, "Idempotency-Key", "k").statusCode()).isEqualTo(202);
    byte[] value = backends.records(Topics.TASKS).getFirst().value();
    String claim = "submissions/" + RunIds.of("/diffstream/api", "k") + ".json";
    InMemoryBackends empty = new InMemoryBackends();
    empty.store.put(claim, backends.store.get(claim, 1 << 20).orElseThrow(), Map.of());
    TaskSubmissions submissions =
        new TaskSubmissions(
            empty.store,
            empty.log,
            run -> false,
            InstantSource.system(),
            new TaskClaims(
                empty.store,
                () -> Principal.unrestricted(ActorName.ANONYMOUS),
                task -> null,
                InstantSource.system()));
    submissions.submit(
        TaskSubmissions.Draft.of(
            (ObjectNode) Json.parse(EVENT.getBytes(UTF_8), "event"), Map.of(), "k", Map.of()));
    assertThat(empty.records(Topics.TASKS))
        .singleElement()
        .extracting(Received::value)
        .isEqualTo(value);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'taskId':'mail'} | objective",
        "{'taskId':'Mail!','objective':'classification'} | taskId",
        "{'taskId':'mail','objective':'classification','data':7} | data must be an object",
        "nothing | JSON"
      })
  void aFormThatIsNoEventLeavesNothing(String task, String says) throws Exception {
    HttpResponse<String> answer = form("k", form(task.replace('\'', '"'), "a.csv", "a"));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    assertThat(answer.body()).contains(says);
    assertThat(backends.store.list("tasks/")).isEmpty();
    assertThat(backends.store.list("submissions/")).isEmpty();
  }

  @Test
  void aFormIsBoundedInItsTextsAndItsParts() throws Exception {
    String long1 = "{\"taskId\":\"mail\",\"labels\":{\"a\":\"" + "b".repeat(1 << 20) + "\"}}";
    HttpResponse<String> answer = form("k", form(long1, "a.csv", "a"));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    assertThat(answer.body()).contains("the part task has more than 65536 bytes");
    byte[] without =
        "--b\r\ncontent-disposition: form-data; name=\"task\"\r\n\r\n{}\r\n--b--\r\n"
            .getBytes(UTF_8);
    assertThat(form("k", without).body()).contains("lacks the part train");
    assertThat(post("multipart/form-data", without).body()).contains("no form that can be read");
  }

  @Test
  void aFileMayHaveAnEmptyName() throws Exception {
    String task = "{\"taskId\":\"mail\",\"objective\":\"classification\"}";
    HttpResponse<String> answer = form("k", form(task, "", "text,label\na,b\n"));
    assertThat(answer.statusCode()).as(answer.body()).isIn(202, 400);
  }

  @Test
  void aBodyThatIsNoFileIsBounded() throws Exception {
    HttpResponse<String> answer = json("[" + "1,".repeat(1_000_000) + "1]");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(413);
  }
}

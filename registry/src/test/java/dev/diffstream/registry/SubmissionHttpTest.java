package dev.diffstream.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.json.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
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

  @Test
  void aBodyThatIsNoFileIsBounded() throws Exception {
    HttpResponse<String> answer = json("[" + "1,".repeat(100_000) + "1]");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(413);
  }
}

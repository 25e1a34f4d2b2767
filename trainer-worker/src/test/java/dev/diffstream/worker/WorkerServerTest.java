package dev.diffstream.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.base.Base;
import dev.diffstream.base.engine.ComputeDevice;
import dev.diffstream.eventlog.EventLog.Follower;
import dev.diffstream.eventlog.EventLog.Message;
import dev.diffstream.eventlog.memory.MemoryEventLog;
import dev.diffstream.objectstore.MemoryObjectStore;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.base.BaseDescriptor;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.settings.Settings;
import io.opentelemetry.api.OpenTelemetry;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The whole worker on memory twins: it describes its base, says that it is well, and works. */
class WorkerServerTest {
  @Test
  void startsDescribesItsBaseAnswersAndBringsATaskToItsDiff() throws Exception {
    MemoryObjectStore store = new MemoryObjectStore();
    MemoryEventLog log = new MemoryEventLog();
    WorkerSettings settings =
        WorkerSettings.from(
            Settings.of(
                Map.of(
                    "diffstream.worker.id", "w-9",
                    "diffstream.worker.port", "0",
                    "diffstream.worker.threads", "2")));
    try (Base base = TinyWorld.base();
        Base frozen = TinyWorld.base()) {
      URI health;
      try (WorkerServer server =
          WorkerServer.start(
              settings,
              "b",
              base,
              Optional.of(frozen),
              ComputeDevice.cpu(),
              store,
              log,
              OpenTelemetry.noop())) {
        health = URI.create("http://127.0.0.1:" + server.port() + "/health");
        HttpResponse<String> answer = get(health);
        assertThat(answer.statusCode()).isEqualTo(200);
        JsonNode body = Json.parse(answer.body().getBytes(UTF_8), "health");
        assertThat(body.path("status").asText()).isEqualTo("UP");
        assertThat(body.path("worker").asText()).isEqualTo("w-9");
        assertThat(body.path("baseDigest").asText()).isEqualTo(base.digest());

        HttpResponse<String> refused = get(health, "Diffstream-Actor", "a".repeat(257));
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).startsWith("{\"error\":\"INVALID_REQUEST: ");

        BaseDescriptor descriptor =
            Json.read(
                store.get(ObjectKeys.baseDescriptor(base.digest()), 1 << 20).orElseThrow(),
                BaseDescriptor.class,
                "descriptor");
        assertThat(descriptor.name()).isEqualTo("tiny-bert");
        assertThat(descriptor.parameters()).hasSameSizeAs(base.parameters());

        store.put("tasks/t/data/good.jsonl", TinyWorld.learnable(160), Map.of());
        log.publish(
            Topics.work(base.digest()),
            new Message(
                "t",
                TinyWorld.taskHeaders("e-1"),
                TinyWorld.task("good.jsonl", "").getBytes(UTF_8)));
        List<DiffPublished> published = diffs(log, 2);
        assertThat(published)
            .extracting(DiffPublished::claimsVersion)
            .as("a provisional, and the diff")
            .containsExactlyInAnyOrder(false, true);
        for (DiffPublished diff : published) {
          assertThat(diff.baseDigest()).isEqualTo(base.digest());
          assertThat(store.stat(ObjectKeys.diff(diff.digest())).orElseThrow().size())
              .isEqualTo(diff.bytes());
        }
      }
      assertRefused(health);
      assertThat(base.currentDigest()).isEqualTo(base.digest());
    }
  }

  private static List<DiffPublished> diffs(MemoryEventLog log, int count) {
    try (Follower follower = log.follow(Topics.DIFFS)) {
      List<DiffPublished> found = new ArrayList<>();
      for (int second = 0; second < 60 && found.size() < count; second++) {
        follower
            .poll(Duration.ofSeconds(1))
            .forEach(
                r -> found.add((DiffPublished) EventCodec.decode(r.headers(), r.value()).data()));
      }
      assertThat(found).hasSize(count);
      return found;
    }
  }

  private static HttpResponse<String> get(URI uri, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
  }

  private static void assertRefused(URI uri) throws InterruptedException {
    try {
      HttpResponse<String> answer = get(uri);
      throw new AssertionError("a closed worker answered " + answer.statusCode());
    } catch (ConnectException closed) {
      // as it must be
    } catch (IOException e) {
      throw new AssertionError("expected a refused connection", e);
    }
  }
}

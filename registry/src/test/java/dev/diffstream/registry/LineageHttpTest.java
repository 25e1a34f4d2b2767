package dev.diffstream.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.event.DiffPublished;
import dev.diffstream.schemas.json.Json;
import dev.diffstream.schemas.signature.SignedStatement;
import dev.diffstream.schemas.signature.SigningKey;
import dev.diffstream.schemas.signature.TrustedKeys;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Where versions come from, over real HTTP on a bucket and topics in memory. */
final class LineageHttpTest {
  private static final Duration LONGEST = Duration.ofSeconds(30);
  private static final String PATH = "/v1/tasks/reviews/versions/";
  private static final SigningKey KEY = SigningKey.generate();
  private static final TrustedKeys TRUSTED = new TrustedKeys(List.of(KEY.verificationKey()));

  private final InMemoryBackends backends = new InMemoryBackends();
  private final HttpClient client = HttpClient.newHttpClient();
  private final LearnedVersion learned = new LearnedVersion(backends, "e1");
  private @Nullable RegistryServer server;

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
    client.close();
  }

  @Test
  void aVersionNamesAllThatIsNeededToLearnItAgain() throws Exception {
    learned.store(null);
    learned.publish();
    serve(TrustedKeys.NONE);
    JsonNode lineage = lineage(1);
    assertThat(lineage.path("digest").asText()).isEqualTo(learned.published.digest());
    assertThat(lineage.at("/base/digest").asText()).isEqualTo(InMemoryBackends.BASE);
    assertThat(lineage.at("/base/name").asText()).isEqualTo("small");
    assertThat(lineage.at("/data/digest").asText()).isEqualTo(Sha256.of("data"));
    assertThat(lineage.at("/data/files/0")).isEqualTo(tree(LearnedVersion.FILE));
    assertThat(lineage.at("/data/examples/train").asInt()).isEqualTo(80);
    assertThat(lineage.path("event")).isEqualTo(tree(learned.event));
    assertThat(lineage.at("/task/remark").asText())
        .as("the event as it was sent")
        .isEqualTo("mine");
    assertThat(lineage.path("settings")).isEqualTo(tree(LearnedVersion.SETTINGS));
    assertThat(lineage.path("seed").asText()).isEqualTo("42");
    assertThat(lineage.path("environment")).isEqualTo(tree(LearnedVersion.ENVIRONMENT));
    assertThat(lineage.path("traceparent").asText()).isEqualTo(InMemoryBackends.TRACE);
    assertThat(lineage.path("parents").isArray()).isTrue();
    assertThat(lineage.at("/report/state").asText()).isEqualTo("unchanged");
    assertThat(lineage.at("/provenance/state").asText()).isEqualTo("unsigned");
    assertThat(lineage.at("/provenance/digest").asText()).isEqualTo(Sha256.of(learned.stored()));
    assertThat(lineage.has("deleted")).isFalse();
  }

  @Test
  void aRunThatWasResumedElsewhereListsBothAttempts() throws Exception {
    learned.store(null);
    learned.publish();
    serve(TrustedKeys.NONE);
    JsonNode attempts = lineage(1).path("attempts");
    assertThat(attempts).hasSize(2);
    assertThat(attempts.at("/0/worker").asText()).isEqualTo("worker-1");
    assertThat(attempts.at("/0/outcome").asText()).isEqualTo("paused");
    assertThat(attempts.at("/0/started").asText()).isEqualTo(LearnedVersion.FIRST_BEGAN.toString());
    assertThat(attempts.at("/1/worker").asText()).isEqualTo("worker-2");
    assertThat(attempts.at("/1/outcome").asText()).isEqualTo("published");
    assertThat(attempts.at("/1/program").asText()).isEqualTo("build-2");
    assertThat(attempts.at("/1/resumed").asBoolean()).isTrue();
  }

  @Test
  void whatAnOlderWorkerDidNotWriteIsAbsent() throws Exception {
    DiffPublished older =
        backends.publish("reviews", "e0", InMemoryBackends.diff("reviews", new int[] {9}, 0.9));
    backends.report(older);
    backends.publish("reviews", "e00", InMemoryBackends.diff("reviews", new int[] {10}, 0.9));
    serve(TrustedKeys.NONE);
    awaitVersions(2);
    JsonNode lineage = lineage(1);
    assertThat(lineage.at("/provenance/state").asText()).isEqualTo("absent");
    assertThat(lineage.at("/report/state").asText()).isEqualTo("unchanged");
    for (String field : List.of("data", "task", "settings", "seed", "environment")) {
      assertThat(lineage.has(field)).as(field).isFalse();
    }
    assertThat(lineage.at("/attempts/0/outcome").asText()).isEqualTo("published");
    JsonNode unreported = lineage(2);
    assertThat(unreported.at("/report/state").asText()).isEqualTo("missing");
    assertThat(unreported.path("attempts")).isEmpty();
    assertThat(unreported.has("traceparent")).isFalse();
    failure(PATH + "1/provenance", 404, "VERSION_UNKNOWN", "its worker wrote none");
  }

  @Test
  void aSignedStatementIsVerifiedAndGivenAsItIsStored() throws Exception {
    learned.store(KEY);
    learned.publish();
    serve(TRUSTED);
    JsonNode provenance = lineage(1).path("provenance");
    assertThat(provenance.path("state").asText()).isEqualTo("verified");
    assertThat(provenance.path("keyId").asText()).isEqualTo(KEY.verificationKey().id());
    HttpResponse<byte[]> stored = bytes(PATH + "1/provenance");
    assertThat(stored.statusCode()).isEqualTo(200);
    assertThat(stored.headers().firstValue("content-type")).contains(SignedStatement.MEDIA_TYPE);
    assertThat(stored.body()).isEqualTo(learned.stored());
  }

  @Test
  void oneChangedByteIsNoticed() throws Exception {
    learned.store(KEY);
    learned.publish();
    serve(TRUSTED);
    for (int at = 0; at < learned.stored().length; at += 97) {
      byte[] bent = learned.stored().clone();
      bent[at] ^= 1;
      replaced(bent, "was changed");
    }
  }

  /** Where the report does not name the statement, or was changed with it. */
  @Test
  void theSignatureIsCheckedByItself() throws Exception {
    learned.store(KEY);
    learned.publish();
    serve(TRUSTED);
    String report = text(learned.published.report());
    backends.store.put(
        learned.published.report(),
        report.replaceFirst("\"provenance\":\"[0-9a-f]{64}\",", "").getBytes(UTF_8),
        Map.of());
    assertThat(lineage(1).at("/report/state").asText()).isEqualTo("changed");
    assertThat(lineage(1).at("/provenance/state").asText()).isEqualTo("verified");

    byte[] statement = learned.statement().write();
    String foreign =
        new String(statement, UTF_8).replace(learned.published.digest(), "a".repeat(64));
    replaced(SignedStatement.sign(statement, SigningKey.generate()), "one of the keys");
    replaced(SignedStatement.sign(foreign.getBytes(UTF_8), KEY), "a".repeat(64));
    replaced(
        SignedStatement.sign(
            new String(statement, UTF_8).replace("/2\"", "/1\"").getBytes(UTF_8), KEY),
        "another run");
    replaced(SignedStatement.sign("[]".getBytes(UTF_8), KEY), learned.key);
    replaced("no JSON".getBytes(UTF_8), "not JSON");
    replaced(new byte[9 << 20], "bytes");
    failure(PATH + "1/provenance", 429, "QUOTA_EXCEEDED", learned.key);

    backends.store.put(learned.key, statement, Map.of());
    JsonNode bare = lineage(1).path("provenance");
    assertThat(bare.path("state").asText()).isEqualTo("unsigned");
    assertThat(bare.path("problem").asText()).contains("not signed");
  }

  @Test
  void withoutKeysASignatureIsNotChecked() throws Exception {
    learned.store(KEY);
    learned.publish();
    serve(TrustedKeys.NONE);
    assertThat(lineage(1).at("/provenance/state").asText()).isEqualTo("unchecked");
    backends.store.delete(learned.key);
    JsonNode gone = lineage(1).path("provenance");
    assertThat(gone.path("state").asText()).isEqualTo("invalid");
    assertThat(gone.path("problem").asText()).contains("is gone");
  }

  @Test
  void aDeletedVersionKeepsItsLineage() throws Exception {
    learned.store(null);
    learned.publish();
    for (String id : List.of("e2", "e3")) {
      backends.publish(
          "reviews", id, InMemoryBackends.diff("reviews", new int[] {id.charAt(1)}, 0.9));
    }
    serve(TrustedKeys.NONE);
    awaitVersions(3);
    HttpResponse<byte[]> deleted =
        client.send(request(PATH + "1?reason=old").DELETE().build(), BodyHandlers.ofByteArray());
    assertThat(deleted.statusCode()).isEqualTo(200);
    backends.store.delete(ObjectKeys.diff(learned.published.digest()));
    JsonNode lineage = lineage(1);
    assertThat(lineage.at("/deleted/reason").asText()).isEqualTo("old");
    assertThat(lineage.at("/provenance/state").asText()).isEqualTo("unsigned");
  }

  @Test
  void whatIsNoVersionIsUnknown() throws Exception {
    learned.store(null);
    learned.publish();
    serve(TrustedKeys.NONE);
    failure(PATH + "7/lineage", 404, "VERSION_UNKNOWN", "not 7");
    failure(PATH + "%2e%2e/lineage", 404, "VERSION_UNKNOWN", "not ..");
    failure("/v1/tasks/nothing/versions/1/lineage", 404, "TASK_UNKNOWN", "nothing");
    failure("/v1/tasks/nothing/versions/1/provenance", 404, "TASK_UNKNOWN", "nothing");
  }

  private void replaced(byte[] bytes, String problem) throws Exception {
    backends.store.put(learned.key, bytes, Map.of());
    JsonNode lineage = lineage(1);
    assertThat(lineage.at("/provenance/state").asText()).isEqualTo("invalid");
    assertThat(lineage.at("/provenance/problem").asText()).contains(problem);
    assertThat(lineage.has("task")).as("nothing is taken from it").isFalse();
  }

  private void serve(TrustedKeys keys) throws Exception {
    server =
        RegistryServer.start(
            InMemoryBackends.settings(keys),
            backends.store,
            backends.log,
            io.opentelemetry.api.OpenTelemetry.noop());
    awaitVersions(1);
  }

  private void awaitVersions(int count) throws Exception {
    long end = System.nanoTime() + LONGEST.toNanos();
    while (true) {
      HttpResponse<byte[]> answer = bytes("/v1/tasks/reviews");
      JsonNode task = Json.parse(answer.body(), "task");
      if (task.path("versions").asInt() >= count) {
        return;
      }
      assertThat(System.nanoTime()).as("%s", task).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  private JsonNode lineage(int version) throws Exception {
    HttpResponse<byte[]> answer = bytes(PATH + version + "/lineage");
    assertThat(answer.statusCode()).as(new String(answer.body(), UTF_8)).isEqualTo(200);
    return Json.parse(answer.body(), "lineage");
  }

  private void failure(String path, int status, String code, String message) throws Exception {
    HttpResponse<byte[]> answer = bytes(path);
    JsonNode error = Json.parse(answer.body(), path).path("error");
    assertThat(answer.statusCode()).as("%s", error).isEqualTo(status);
    assertThat(error.path("code").asText()).isEqualTo(code);
    assertThat(error.path("message").asText()).contains(message);
  }

  private HttpResponse<byte[]> bytes(String path) throws Exception {
    return client.send(request(path).build(), BodyHandlers.ofByteArray());
  }

  private HttpRequest.Builder request(String path) {
    int port = java.util.Objects.requireNonNull(server).port();
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
  }

  private String text(String key) {
    return new String(backends.store.get(key, 1 << 20).orElseThrow(), UTF_8);
  }

  private static JsonNode tree(Object value) {
    return Json.parse(Json.write(value), "value");
  }
}

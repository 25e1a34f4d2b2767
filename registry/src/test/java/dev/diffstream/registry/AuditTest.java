package dev.diffstream.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.TaskId;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.AuditRecorded;
import dev.diffstream.schemas.event.EventCodec;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.event.TaskSubmitted;
import io.opentelemetry.api.OpenTelemetry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What people change stands in the audit topic, with who changed it and why. */
class AuditTest {
  private static final TaskId TASK = CorrectedWorld.TASK;
  private static final String PATH = "/v1/tasks/" + TASK;

  private final CorrectedWorld world = new CorrectedWorld();
  private final HttpClient client = HttpClient.newHttpClient();
  private final RegistryServer server =
      RegistryServer.start(
          InMemoryBackends.settings(),
          world.backends.store,
          world.backends.log,
          OpenTelemetry.noop());

  @AfterEach
  void close() {
    server.close();
    client.close();
  }

  private void ask(String method, String path, String body, String requestId) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .header("content-type", "application/json")
            .header("Diffstream-Actor", "ada")
            .header("Idempotency-Key", requestId)
            .method(method, BodyPublishers.ofString(body.replace('\'', '"')))
            .build();
    HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
  }

  /** Id, action, actor and reason of what does not tell of aliases. */
  private List<String> audit() {
    List<String> all = new ArrayList<>();
    for (Received received : world.backends.records(Topics.AUDIT)) {
      var event = EventCodec.decode(received.headers(), received.value()).as(AuditRecorded.class);
      AuditRecorded audit = event.data();
      if (!audit.action().equals("aliases-moved")) {
        assertThat(audit.object()).isEqualTo(event.id());
        all.add(event.id() + " " + audit.action() + " " + audit.actor() + " " + audit.reason());
      }
    }
    return all;
  }

  private List<String> awaitAudit(int records) {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    List<String> all = audit();
    while (all.size() < records) {
      assertThat(System.nanoTime()).as("%s", all).isLessThan(end);
      LockSupport.parkNanos(20_000_000);
      all = audit();
    }
    return all;
  }

  @Test
  void rulesCorrectionsAndDeletionsAreToldWithActorAndReason() throws Exception {
    ask("PUT", PATH + "/rules", "{'corrections':100,'reason':'try'}", "r-1");
    ask("PUT", PATH + "/rules", "{'corrections':200,'reason':'less'}", "r-2");
    ask("DELETE", PATH + "/rules?reason=enough", "", "r-3");
    ask("PUT", PATH + "/rules", "{'corrections':300}", "r-4");
    ask("POST", PATH + "/corrections", "{'text':'la','label':'yes'}", "c-1");
    world.champion(
        "e2", TaskSubmitted.of(TASK.value(), Objective.CLASSIFICATION, CorrectedWorld.DATA));
    ask("POST", PATH + "/moves", "{'kind':'withdraw','version':1,'generation':2}", "m-1");
    ask("DELETE", PATH + "/versions/1?reason=personal+data", "", "d-1");
    List<String> expected =
        List.of(
            ObjectKeys.rule(TASK, 1) + " rule-set ada try",
            ObjectKeys.rule(TASK, 2) + " rule-replaced ada less",
            ObjectKeys.rule(TASK, 3) + " rule-removed ada enough",
            ObjectKeys.rule(TASK, 4) + " rule-set ada null",
            ObjectKeys.correction(TASK, 1) + " correction-added ada null",
            ObjectKeys.tombstone(TASK, 1) + " version-deleted ada personal data");
    assertThat(awaitAudit(expected.size())).containsExactlyInAnyOrderElementsOf(expected);

    ask("PUT", PATH + "/rules", "{'corrections':100,'reason':'try'}", "r-1");
    ask("POST", PATH + "/corrections", "{'text':'la','label':'yes'}", "c-1");
    ask("DELETE", PATH + "/versions/1?reason=twice", "", "d-1");
    assertThat(awaitAudit(expected.size() + 3))
        .as("a request that is repeated is told of under the same id")
        .hasSize(expected.size() + 3)
        .containsOnly(expected.toArray(String[]::new));
  }
}

package dev.diffstream.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.GatewayClient.Prediction;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.event.AuditRecorded;
import dev.diffstream.schemas.event.TaskSubmitted;
import dev.diffstream.schemas.run.RunIds;
import dev.diffstream.schemas.run.RunReport;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Runs that are queued, paused, resumed, cancelled, sent once more and repeated by a rule. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class SteeredRunsIT {
  /** Long enough to be steered. */
  private static final String LONG = settings(700);

  private static final String SHORT = settings(200);

  private static final String RUN = RunIds.of("/e2e", "e-steered");

  private final Stage stage;

  SteeredRunsIT(@TempDir Path directory) throws IOException {
    stage = Stage.withTinyBase(directory);
  }

  @AfterEach
  void invariantsHold() {
    stage.invariants.checkAll();
  }

  @AfterAll
  void stop() {
    stage.close();
  }

  private static String settings(int stage1Steps) {
    return "\"density\":0.05,\"settings\":{\"stage1Steps\":"
        + stage1Steps
        + ",\"stage3Steps\":60,\"batchSize\":4,\"stage1Rate\":0.005,\"stage3Rate\":0.01}";
  }

  private void submit(String task, String id, String settings) throws IOException {
    stage.upload("tasks/" + task + "/data/train.jsonl", TaskKind.publishing().getFirst().rows());
    stage.send(
        task,
        id,
        "{\"taskId\":\"%1$s\",\"objective\":\"classification\",\"owner\":\"desk\",\"data\":{\"train\":\"tasks/%1$s/data/train.jsonl\"},%2$s}"
            .formatted(task, settings),
        Map.of());
  }

  private JsonNode run(String id) {
    return stage.registry.get("/v1/runs/" + id);
  }

  private String state(String id) {
    return stage.registry.get("/v1/runs?limit=1000").path("runs").findParents("runId").stream()
        .filter(run -> run.path("runId").asText().equals(id))
        .map(run -> run.path("state").asText())
        .findFirst()
        .orElse("unknown");
  }

  private boolean isLearning(String id) {
    return state(id).equals("running") && run(id).at("/progress/phase").asText().contains("mask");
  }

  @Test
  @Order(1)
  void aRunIsPausedAndTheNextOneTakesItsPlace() throws IOException {
    submit("steered", "e-steered", LONG);
    stage.await("it is learning", () -> isLearning(RUN));
    submit("next", "e-next", SHORT);
    String next = RunIds.of("/e2e", "e-next");
    stage.await("the next waits", () -> state(next).equals("queued"));
    assertThat(run(next).at("/submission/owner").asText()).isEqualTo("desk");
    assertThat(stage.command("pause", RUN, "--reason", "the machine is needed")).isZero();
    stage.await("it is paused", () -> state(RUN).equals("paused"));
    assertThat(stage.invariants.keys(ObjectKeys.checkpoints(RUN))).hasSize(1);
    stage.awaitServed("next", 1);
    assertThat(state(RUN)).isEqualTo("paused");
    assertThat(stage.command("runs", "--state", "paused")).isZero();
    assertThat(stage.ask("steered", "Hello?").version())
        .as("a head alone answers while the run is paused")
        .isZero();
    assertThat(stage.task("steered").at("/provisional/runId").asText()).isEqualTo(RUN);
  }

  @Test
  @Order(2)
  void itGoesOnWhereItWasBehindARestartOfTheRegistry() {
    stage.kill("registry");
    stage.await("the registry is back", () -> stage.registry.status("/health/ready") == 200);
    assertThat(state(RUN)).isEqualTo("paused");
    assertThat(stage.command("resume", RUN)).isZero();
    assertThat(stage.command("resume", RUN)).as("it is not paused any more").isEqualTo(2);
    stage.awaitServed("steered", 1);
    assertThat(stage.invariants.report(RUN).orElseThrow().training()).containsEntry("resumed", 1.0);
    assertThat(stage.invariants.keys(ObjectKeys.checkpoints(RUN))).isEmpty();
    assertThat(stage.task("steered").has("provisional")).isFalse();
    assertThat(stage.invariants.report(RUN).orElseThrow().provisional()).isNotNull();
  }

  @Test
  @Order(3)
  void aCancelledRunIsADeadLetterThatIsSentOnceMore() throws IOException {
    submit("cancelled", "e-cancelled", LONG);
    String run = RunIds.of("/e2e", "e-cancelled");
    stage.await("it is learning", () -> isLearning(run));
    assertThat(stage.command("cancel", run, "--reason", "wrong file")).isZero();
    stage.await("it is cancelled", () -> state(run).equals("cancelled"));
    assertThat(run(run).at("/failure/message").asText()).contains("wrong file");
    stage.await("its dead letter", () -> !letters().isEmpty());
    assertThat(letters()).hasSize(1);
    assertThat(stage.command("cancel", run)).as("it has ended").isEqualTo(2);
    assertThat(stage.command("dead-letters", "--code", "CANCELLED")).isZero();
    assertThat(stage.command("replay", "--run", run, "--dry-run")).isZero();
    assertThat(state(run)).isEqualTo("cancelled");
    assertThat(stage.command("replay", "--run", run)).isZero();
    stage.awaitServed("cancelled", 1);
    assertThat(state(run)).isEqualTo("versioned");
    List<AuditRecorded> audit =
        stage.invariants.events(Topics.AUDIT).stream()
            .map(AuditRecorded.class::cast)
            .filter(record -> record.action().startsWith("run-"))
            .toList();
    assertThat(audit)
        .extracting(AuditRecorded::action)
        .containsExactly("run-pause", "run-resume", "run-cancel");
  }

  @Test
  @Order(4)
  void thePageOfTrialsAsksTheGateway() throws Exception {
    String form = "tasks=steered+next&text=the+cat+is+good+man&beside=true";
    HttpRequest request =
        HttpRequest.newBuilder(stage.connection.registryUrl().resolve("/console/try"))
            .header("content-type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form))
            .build();
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> page = client.send(request, HttpResponse.BodyHandlers.ofString());
      assertThat(page.statusCode()).isEqualTo(200);
      for (String task : List.of("steered", "next")) {
        Prediction asked = stage.ask(task, "the cat is good man");
        assertThat(page.body())
            .contains("<code>" + asked.digest().substring(0, 12) + "</code>")
            .contains("<strong>" + asked.label() + "</strong>")
            .doesNotContain("state failed");
      }
    }
  }

  private List<Received> letters() {
    return stage.invariants.records(Topics.TASKS_DEAD_LETTERS);
  }

  @Test
  @Order(5)
  void correctionsHaveATaskLearnedAgainAndServedWithoutAHand() {
    String task = "next";
    String before = stage.ask(task, "Hello?").digest();
    assertThat(
            stage.command(
                "rules",
                task,
                "--corrections",
                "3",
                "--cooldown",
                "0s",
                "--min-gain",
                "-1",
                "--reason",
                "as people say"))
        .isZero();
    for (int i = 0; i < 3; i++) {
      assertThat(stage.ask(task, "Hello?").version()).isEqualTo(1);
      String text = i + " the market is very good man";
      assertThat(stage.command("correct", task, "--text", text, "--label", "yes")).isZero();
    }
    stage.awaitServed(task, 2);
    assertThat(stage.ask(task, "Hello?").digest()).isNotEqualTo(before);
    assertThat(stage.task(task).at("/aliases/champion/version").asLong()).isEqualTo(2);
    assertThat(stage.task(task).at("/aliases/previous/version").asLong()).isEqualTo(1);
    JsonNode retraining =
        stage.registry.get("/v1/tasks/" + task + "/retrainings").at("/retrainings/0");
    assertThat(retraining.path("version").asLong()).isEqualTo(2);
    assertThat(retraining.at("/retraining/conditions/0/name").asText()).isEqualTo("corrections");
    String run = retraining.path("runId").asText();
    RunReport report = stage.invariants.report(run).orElseThrow();
    assertThat(report.gate()).extracting(TaskSubmitted.Gate::over).isEqualTo("champion");
    assertThat(report.champion())
        .as("it was compared with what served")
        .extracting(RunReport.ChampionMetrics::version)
        .isEqualTo(1L);
    assertThat(report.owner()).as("as the event that is repeated").isEqualTo("desk");
    JsonNode version = stage.registry.get("/v1/tasks/" + task + "/versions/2");
    assertThat(version.path("owner").asText()).isEqualTo("desk");
    assertThat(version.path("examples").asLong()).isEqualTo(report.examples()).isPositive();
    assertThat(audited(task))
        .containsExactly("rule-set", "correction-added", "correction-added", "correction-added");
  }

  private List<String> audited(String task) {
    return stage.invariants.events(Topics.AUDIT).stream()
        .map(AuditRecorded.class::cast)
        .filter(record -> record.taskId().equals(task))
        .map(AuditRecorded::action)
        .filter(action -> action.startsWith("rule-") || action.startsWith("correction-"))
        .toList();
  }
}

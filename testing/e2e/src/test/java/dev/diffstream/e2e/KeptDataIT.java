package dev.diffstream.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.cli.client.GatewayClient.Prediction;
import dev.diffstream.eventlog.EventLog.Received;
import dev.diffstream.schemas.Topics;
import dev.diffstream.schemas.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A data directory that {@code standalone} left behind when the formats were fixed: bucket,
 * broker's log and keys of a deployment with two versions of one task and a run that failed.
 * Whatever diffstream becomes later, it starts on such a directory and serves what is there. How it
 * was made, and how to add one of a newer state: README.md of this module.
 */
class KeptDataIT {
  private static final String NAME = "2026-11";

  /** The bits of an answer depend on the processor. */
  private static final double TOLERANCE = 1e-3;

  private final Stage stage;
  private final JsonNode kept;

  KeptDataIT(@TempDir Path directory) throws IOException {
    try (InputStream zip = resource(NAME + ".zip")) {
      unzip(zip, directory);
    }
    try (InputStream json = resource(NAME + ".json")) {
      kept = Json.parse(json.readAllBytes(), NAME + ".json");
    }
    stage = new Stage(directory);
  }

  @AfterEach
  void stop() {
    stage.close();
  }

  @Test
  void aDeploymentOnKeptDataServesWhatIsThereAndGoesOn() throws IOException {
    stage.awaitServed("kept", kept.path("version").asLong());
    assertThat(stage.invariants.versions()).hasSize(kept.path("versions").size());
    answersAreTheKeptOnes();
    theRegistryAnnouncesNothingNew();
    reportsCanStillBeRead();
    anEventThatHadItsOutcomeMakesNoVersion();
    aNewEventMakesTheNextVersion();
    stage.invariants.checkAll();
  }

  private void answersAreTheKeptOnes() {
    for (JsonNode answer : kept.path("answers")) {
      Prediction now = stage.ask("kept", answer.path("text").asText());
      assertThat(now.digest()).isEqualTo(answer.path("digest").asText());
      assertThat(now.label()).isEqualTo(answer.path("label").asText());
      assertThat(now.scores()).hasSize(answer.path("scores").size());
      for (int i = 0; i < now.scores().size(); i++) {
        assertThat(now.scores().get(i))
            .isCloseTo(answer.path("scores").get(i).asDouble(), within(TOLERANCE));
      }
    }
  }

  private void theRegistryAnnouncesNothingNew() {
    assertThat(stage.invariants.records(Topics.ANNOUNCEMENTS))
        .hasSize(kept.path("records").path(Topics.ANNOUNCEMENTS).asInt());
    assertThat(stage.invariants.records(Topics.TASKS_DEAD_LETTERS))
        .hasSize(kept.path("records").path(Topics.TASKS_DEAD_LETTERS).asInt());
  }

  /** From the bucket: the broker drops what the topic said of them after seven days. */
  private void reportsCanStillBeRead() {
    kept.path("reports")
        .forEachEntry(
            (runId, outcome) ->
                assertThat(stage.registry.get("/v1/runs/" + runId + "/report").path("outcome"))
                    .as("outcome of %s", runId)
                    .isEqualTo(outcome));
  }

  private void anEventThatHadItsOutcomeMakesNoVersion() {
    Instant sent = Instant.now();
    sendKept("e-kept-1");
    stage.await(
        "a word about the event that was sent again",
        () -> stage.invariants.records(Topics.RUNS).stream().anyMatch(word -> isAfter(word, sent)));
    assertThat(stage.invariants.versions()).hasSize(kept.path("versions").size());
  }

  private void aNewEventMakesTheNextVersion() {
    sendKept("e-kept-new");
    stage.awaitServed("kept", kept.path("version").asLong() + 1);
  }

  private static boolean isAfter(Received word, Instant time) {
    return Instant.parse(word.headers().getOrDefault("ce_time", "")).isAfter(time);
  }

  private void sendKept(String id) {
    stage.send("kept", id, kept.path("event").toString(), Map.of());
  }

  private static InputStream resource(String name) {
    return Objects.requireNonNull(KeptDataIT.class.getResourceAsStream("/kept-data/" + name), name);
  }

  private static void unzip(InputStream zip, Path directory) throws IOException {
    ZipInputStream in = new ZipInputStream(zip, UTF_8);
    for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
      Path file = directory.resolve(entry.getName()).normalize();
      assertThat(file.startsWith(directory)).as("%s", file).isTrue();
      if (entry.isDirectory()) {
        Files.createDirectories(file);
      } else {
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.copy(in, file);
      }
    }
  }
}

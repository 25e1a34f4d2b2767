package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.gateway.model.TinyModel;
import dev.diffstream.schemas.Sha256;
import dev.diffstream.schemas.event.Objective;
import io.opentelemetry.api.OpenTelemetry;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One gateway with two bases, each with a thread of its own. */
final class TwoBasesTest {
  private static final String SECOND = Sha256.of("a second base");
  private static final String THIRD = Sha256.of("a base of another gateway");
  private static final TinyGateway GATEWAY =
      new TinyGateway(
          InMemoryBackends.settings(),
          List.of(new TinyModel(), new TinyModel("second", SECOND)),
          OpenTelemetry.noop());

  @BeforeAll
  static void serve() throws Exception {
    GATEWAY.serve("reviews", Objective.CLASSIFICATION);
    announce("songs", SECOND);
    announce("news", THIRD);
    GATEWAY.await("/v2/models/songs/ready");
    GATEWAY.await("/v2/health/ready");
  }

  private static void announce(String task, String base) {
    GATEWAY.backends.announce(
        task, 1, base, TinyModel.diffOf(base, task, Objective.CLASSIFICATION));
  }

  @AfterAll
  static void stop() {
    GATEWAY.close();
  }

  @Test
  void eachTaskIsAnsweredByItsOwnBase() throws Exception {
    for (String task : List.of("reviews", "songs")) {
      JsonNode metadata = TinyGateway.json(GATEWAY.get("/v2/models/" + task));
      assertThat(metadata.path("properties").path("base_digest").asText())
          .isEqualTo(task.equals("songs") ? SECOND : TinyModel.BASE);
      JsonNode answer =
          TinyGateway.json(GATEWAY.post("/v1/tasks/" + task + "/predict", "{\"text\":\"a song\"}"));
      assertThat(answer.path("label").asText()).isNotEmpty();
    }
  }

  @Test
  void tasksOfBothMayBeAskedAtOnce() throws Exception {
    JsonNode answer =
        TinyGateway.json(
            GATEWAY.post(
                "/v1/predict", "{\"tasks\":[\"songs\",\"news\",\"reviews\"],\"text\":\"a song\"}"));
    assertThat(answer.path("predictions").path(0).path("task").asText()).isEqualTo("songs");
    assertThat(answer.path("predictions").path(0).path("label").asText()).isNotEmpty();
    assertThat(answer.path("predictions").path(1).path("error").asText())
        .startsWith("BASE_MISMATCH: ");
    assertThat(answer.path("predictions").path(2).path("label").asText()).isNotEmpty();
  }

  @Test
  void aTaskOfAThirdBaseIsNoFailureAndSaysWhereItBelongs() throws Exception {
    String error =
        TinyGateway.refused(
            GATEWAY.post("/v1/tasks/news/predict", "{\"text\":\"a\"}"), 422, "BASE_MISMATCH");
    assertThat(error).contains(THIRD);
    JsonNode health = TinyGateway.json(GATEWAY.get("/health"));
    assertThat(health.path("degraded").isMissingNode() || health.path("degraded").isEmpty())
        .as(health.toString())
        .isTrue();
    assertThat(health.toString()).contains("\"elsewhere\":1");
    assertThat(TinyGateway.text(GATEWAY.get("/prometheus")))
        .contains("base=\"tiny\"")
        .contains("base=\"second\"");
  }
}

package dev.diffstream.gateway;

import static dev.diffstream.gateway.TinyGateway.json;
import static dev.diffstream.gateway.TinyGateway.refused;
import static dev.diffstream.gateway.TinyGateway.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.event.Objective;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Predictions in plain JSON over real HTTP, with a small model. */
final class PredictHttpTest {
  private static final TinyGateway GATEWAY = new TinyGateway();

  @BeforeAll
  static void serve() throws Exception {
    GATEWAY.serve("reviews", Objective.CLASSIFICATION);
    GATEWAY.serve("topics", Objective.MULTI_LABEL);
    GATEWAY.serve("slots", Objective.TOKEN_CLASSIFICATION);
    GATEWAY.serve("pairs", Objective.PAIR_REGRESSION);
  }

  @AfterAll
  static void stop() {
    GATEWAY.close();
  }

  @Test
  void aTextHasALabelAndWhatAnswered() throws Exception {
    HttpResponse<byte[]> response = ask("reviews", "{'text':'good'}");
    JsonNode answer = json(response);
    assertThat(answer.path("task").asText()).isEqualTo("reviews");
    assertThat(answer.path("version").asLong()).isEqualTo(1);
    assertThat(answer.path("truncated").isBoolean()).isTrue();
    assertThat(response.headers().firstValue("diffstream-digest"))
        .hasValue(answer.path("digest").asText());
    JsonNode other =
        json(
            GATEWAY.post(
                "/v2/models/reviews/infer",
                "{\"inputs\":[{\"name\":\"text\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"good\"]}]}"));
    assertThat(answer.path("label").asText()).isEqualTo(other.at("/outputs/0/data/0").asText());
    assertThat(answer.path("confidence").floatValue())
        .isEqualTo(
            Math.max(
                other.at("/outputs/1/data/0").floatValue(),
                other.at("/outputs/1/data/1").floatValue()));
  }

  @Test
  void everyTextOfAListIsAnswered() throws Exception {
    JsonNode answer = json(ask("reviews", "{'texts':['good','bad','good'],'top_k':2}"));
    JsonNode predictions = answer.path("predictions");
    assertThat(predictions).hasSize(3);
    assertThat(predictions.get(0)).isEqualTo(predictions.get(2));
    assertThat(predictions.get(1).path("labels")).hasSize(2);
    assertThat(json(ask("pairs", "{'text':'a','text_pair':'b'}")).path("score").isNumber())
        .isTrue();
  }

  /** The small model reads the first 1,000 characters. */
  @Test
  void aTextThatIsCutIsToldOrRefused() throws Exception {
    String tooLong = "good ".repeat(300);
    JsonNode cut = json(ask("reviews", "{'texts':['" + tooLong + "','good']}"));
    assertThat(cut.at("/predictions/0/truncated").asBoolean()).isTrue();
    assertThat(cut.at("/predictions/1/truncated").asBoolean()).isFalse();
    JsonNode some =
        json(ask("reviews", "{'texts':['" + tooLong + "','good'],'onLongText':'refuse'}"));
    assertThat(some.at("/predictions/0/error").asText())
        .isEqualTo(
            "INVALID_REQUEST: task reviews reads 128 tokens, the text has more, and such texts are refused");
    assertThat(some.at("/predictions/1")).isEqualTo(cut.at("/predictions/1"));
    refused(
        ask("reviews", "{'text':'" + tooLong + "','onLongText':'refuse'}"), 400, "INVALID_REQUEST");
  }

  @Test
  void severalTasksSayWhatEachSaysAlone() throws Exception {
    JsonNode answer =
        json(post("/v1/predict", "{'tasks':['topics','nobody','reviews','pairs'],'text':'good'}"));
    JsonNode predictions = answer.path("predictions");
    assertThat(predictions).hasSize(4);
    assertThat(predictions.get(0)).isEqualTo(json(ask("topics", "{'text':'good'}")));
    assertThat(predictions.get(1).path("task").asText()).isEqualTo("nobody");
    assertThat(predictions.get(1).path("error").asText()).startsWith("TASK_UNKNOWN: ");
    assertThat(predictions.get(2)).isEqualTo(json(ask("reviews", "{'text':'good'}")));
    assertThat(predictions.get(3).path("error").asText())
        .contains("compares two texts: expected an input text_pair");
  }

  @Test
  void whatIsWrongIsRefused() throws Exception {
    refused(ask("nobody", "{'text':'a'}"), 404, "TASK_UNKNOWN");
    refused(ask("reviews", "{'text':'a','topk':1}"), 400, "INVALID_REQUEST");
    refused(ask("reviews", "no json"), 400, "INVALID_REQUEST");
    refused(ask("reviews", ""), 400, "INVALID_REQUEST");
    refused(ask("slots", "{'text':'a','top_k':1}"), 400, "INVALID_REQUEST");
    refused(ask("reviews", "{'text':'a','text_pair':'b'}"), 400, "INVALID_REQUEST");
    refused(post("/v1/predict", "{'tasks':['nobody'],'text':'a'}"), 404, "TASK_UNKNOWN");
    refused(post("/v1/predict", "{'tasks':[],'text':'a'}"), 400, "INVALID_REQUEST");
    assertThat(text(ask("reviews", "{'text':'a','thresholds':{'maybe':1}}"))).contains("maybe");
  }

  private static HttpResponse<byte[]> ask(String task, String json) throws Exception {
    return post("/v1/tasks/" + task + "/predict", json);
  }

  private static HttpResponse<byte[]> post(String path, String json) throws Exception {
    return GATEWAY.post(path, json.replace('\'', '"'));
  }
}

package dev.diffstream.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.schemas.event.Objective;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The shapes of text-embeddings-inference. */
final class TeiHttpTest {
  private static final TinyGateway GATEWAY = new TinyGateway();

  @BeforeAll
  static void serve() throws Exception {
    GATEWAY.serve("reviews", Objective.CLASSIFICATION);
    GATEWAY.serve("pairs", Objective.PAIR_REGRESSION);
    GATEWAY.serve("slots", Objective.TOKEN_CLASSIFICATION);
    GATEWAY.serve("topics", Objective.MULTI_LABEL);
  }

  @AfterAll
  static void stop() {
    GATEWAY.close();
  }

  private static JsonNode predict(String task, String body) throws Exception {
    return TinyGateway.json(GATEWAY.post("/tei/" + task + "/predict", body));
  }

  @Test
  void aTextHasAllLabelsTheLikeliestFirst() throws Exception {
    JsonNode scores = predict("reviews", "{\"inputs\":\"good\"}");
    assertThat(scores).hasSize(2);
    assertThat(scores.findValuesAsText("label")).containsExactlyInAnyOrder("no", "yes");
    double first = scores.path(0).path("score").asDouble();
    double second = scores.path(1).path("score").asDouble();
    assertThat(first).isGreaterThanOrEqualTo(second);
    assertThat(first + second).isCloseTo(1, org.assertj.core.data.Offset.offset(1e-6));
    JsonNode own =
        TinyGateway.json(GATEWAY.post("/v1/tasks/reviews/predict", "{\"text\":\"good\"}"));
    assertThat(own.path("label")).isEqualTo(scores.path(0).path("label"));
    assertThat(own.path("confidence")).isEqualTo(scores.path(0).path("score"));
  }

  @Test
  void aBatchHasAListForEachText() throws Exception {
    JsonNode scores = predict("reviews", "{\"inputs\":[[\"good\"],[\"bad\"],[\"\"]]}");
    assertThat(scores).hasSize(3);
    assertThat(scores.path(0)).isEqualTo(predict("reviews", "{\"inputs\":\"good\"}"));
    assertThat(scores.path(1)).isEqualTo(predict("reviews", "{\"inputs\":[\"bad\"]}"));
  }

  @Test
  void aPairIsAListOfTwo() throws Exception {
    JsonNode scores = predict("pairs", "{\"inputs\":[\"good\",\"bad\"]}");
    assertThat(scores).hasSize(1);
    assertThat(scores.path(0).path("label").asText()).isEqualTo("score");
    assertThat(predict("pairs", "{\"inputs\":[[\"good\",\"bad\"]]}").path(0)).isEqualTo(scores);
  }

  @Test
  void rawScoresAreLogits() throws Exception {
    JsonNode raw = predict("topics", "{\"inputs\":\"good\",\"raw_scores\":true}");
    JsonNode scores = predict("topics", "{\"inputs\":\"good\"}");
    for (int i = 0; i < scores.size(); i++) {
      double expected = 1 / (1 + Math.exp(-raw.path(i).path("score").asDouble()));
      assertThat(scores.path(i).path("score").asDouble())
          .isCloseTo(expected, org.assertj.core.data.Offset.offset(1e-6));
    }
  }

  @Test
  void theTaskMayStandInTheBody() throws Exception {
    HttpResponse<byte[]> answer =
        GATEWAY.post("/predict", "{\"model\":\"reviews\",\"inputs\":\"good\"}");
    assertThat(TinyGateway.json(answer)).isEqualTo(predict("reviews", "{\"inputs\":\"good\"}"));
    assertThat(answer.headers().firstValue("diffstream-version")).hasValue("1");
    String refusal =
        TinyGateway.refused(
            GATEWAY.post("/predict", "{\"inputs\":\"good\"}"), 400, "INVALID_REQUEST");
    assertThat(refusal).contains("model");
  }

  @Test
  void aLongTextIsRefusedUnlessItMayBeCut() throws Exception {
    String text = "x".repeat(2000);
    TinyGateway.refused(
        GATEWAY.post("/tei/reviews/predict", "{\"inputs\":\"" + text + "\"}"),
        400,
        "INVALID_REQUEST");
    HttpResponse<byte[]> cut =
        GATEWAY.post("/tei/reviews/predict", "{\"inputs\":\"" + text + "\",\"truncate\":true}");
    assertThat(cut.statusCode()).isEqualTo(200);
    assertThat(cut.headers().firstValue("diffstream-truncated")).hasValue("true");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "reviews|{}",
        "reviews|[]",
        "reviews|{\"inputs\":7}",
        "reviews|{\"inputs\":[]}",
        "reviews|{\"inputs\":[[]]}",
        "reviews|{\"inputs\":[\"a\",\"b\",\"c\"]}",
        "reviews|{\"inputs\":[[\"a\"],[\"a\",\"b\"]]}",
        "reviews|{\"inputs\":[[\"a\"],7]}",
        "reviews|{\"inputs\":[[\"a\"],[\"a\"],[\"a\"],[\"a\"],[\"a\"]]}",
        "reviews|{\"inputs\":[\"a\",\"b\"]}",
        "pairs|{\"inputs\":\"a\"}",
        "slots|{\"inputs\":\"a\"}",
        "reviews|{\"inputs\":\"a\",\"truncate\":\"yes\"}",
        "reviews|{\"inputs\":\"a\",\"raw_scores\":1}"
      })
  void badInputIsRefused(String task, String body) throws Exception {
    TinyGateway.refused(GATEWAY.post("/tei/" + task + "/predict", body), 400, "INVALID_REQUEST");
  }

  @Test
  void aTaskThatIsNotThereIsNotFound() throws Exception {
    TinyGateway.refused(
        GATEWAY.post("/tei/nobody/predict", "{\"inputs\":\"a\"}"), 404, "TASK_UNKNOWN");
    TinyGateway.refused(
        GATEWAY.post("/tei/nobody/tokenize", "{\"inputs\":\"a\"}"), 404, "TASK_UNKNOWN");
    TinyGateway.refused(GATEWAY.get("/tei/nobody/info"), 404, "TASK_UNKNOWN");
  }

  @Test
  void tokensHaveTheirPlaces() throws Exception {
    JsonNode tokens =
        TinyGateway.json(
            GATEWAY.post("/tei/reviews/tokenize", "{\"inputs\":[\"one two\",\"three\"]}"));
    assertThat(tokens).hasSize(2);
    assertThat(tokens.path(0).findValuesAsText("text")).containsExactly("[CLS]", "one", "two");
    assertThat(tokens.path(0).path(2).path("start").asInt()).isEqualTo(4);
    assertThat(tokens.path(0).path(2).path("stop").asInt()).isEqualTo(7);
    JsonNode plain =
        TinyGateway.json(
            GATEWAY.post(
                "/tokenize",
                "{\"model\":\"reviews\",\"inputs\":\"one\",\"add_special_tokens\":false}"));
    assertThat(plain.path(0).findValuesAsText("special")).containsExactly("false");
  }

  @Test
  void infoDescribesATaskAsAModel() throws Exception {
    JsonNode info = TinyGateway.json(GATEWAY.get("/tei/reviews/info"));
    assertThat(info.path("model_id").asText()).isEqualTo("reviews");
    assertThat(info.path("max_input_length").asInt()).isEqualTo(128);
    assertThat(info.path("model_type").path("classifier").path("id2label").path("1").asText())
        .isEqualTo("yes");
    assertThat(info.path("auto_truncate").isBoolean()).isTrue();
    assertThat(TinyGateway.json(GATEWAY.get("/info?model=reviews"))).isEqualTo(info);
  }
}

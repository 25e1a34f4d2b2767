package dev.diffstream.gateway.prediction;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diffstream.gateway.model.Answer;
import dev.diffstream.gateway.model.TinyModel;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.data.Words;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.json.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What each objective's predictions look like, from logits made by hand; labels: no, yes. */
final class PredictionTest {
  private static final float SURE = (float) Math.log(3); // three to one, by softmax and by sigmoid

  @Test
  void aClassHasItsConfidenceAndMayBeRanked() {
    Answer answer = new Answer.Scores(new float[] {0, SURE});
    assertThat(json(Objective.CLASSIFICATION, "", answer))
        .isEqualTo("{'label':'yes','confidence':0.75,'truncated':false}");
    assertThat(json(Objective.CLASSIFICATION, ",'top_k':5", answer))
        .isEqualTo(
            "{'label':'yes','confidence':0.75,'labels':[{'label':'yes','confidence':0.75},{'label':'no','confidence':0.25}],'truncated':false}");
    assertThat(json(Objective.CLASSIFICATION, ",'top_k':1", answer))
        .contains("'labels':[{'label':'yes','confidence':0.75}]");
  }

  @Test
  void aClassBelowItsThresholdIsNotGiven() {
    Answer answer = new Answer.Scores(new float[] {0, SURE});
    assertThat(json(Objective.CLASSIFICATION, ",'thresholds':0.8", answer))
        .isEqualTo("{'label':null,'confidence':0.75,'truncated':false}");
    assertThat(json(Objective.CLASSIFICATION, ",'thresholds':0.74", answer)).contains("'yes'");
    assertThat(json(Objective.CLASSIFICATION, ",'thresholds':{'no':0.9}", answer))
        .contains("'yes'");
    assertThat(json(Objective.CLASSIFICATION, ",'thresholds':{'yes':0.9}", answer))
        .contains("'label':null");
  }

  @Test
  void aLabelSetHoldsWhatReachesItsThreshold() {
    Answer answer = new Answer.Scores(new float[] {SURE, 0});
    assertThat(json(Objective.MULTI_LABEL, "", answer))
        .isEqualTo("{'labels':[{'label':'no','confidence':0.75}],'truncated':false}");
    assertThat(json(Objective.MULTI_LABEL, ",'thresholds':0.5", answer))
        .isEqualTo(
            "{'labels':[{'label':'no','confidence':0.75},{'label':'yes','confidence':0.5}],'truncated':false}");
    assertThat(json(Objective.MULTI_LABEL, ",'thresholds':0.5,'top_k':1", answer))
        .doesNotContain("yes");
    assertThat(json(Objective.MULTI_LABEL, ",'thresholds':1", answer)).contains("'labels':[]");
  }

  @Test
  void numbersTagsAndMasksHaveTheirOwnForm() {
    assertThat(json(Objective.REGRESSION, "", new Answer.Scores(new float[] {2.5f})))
        .isEqualTo("{'score':2.5,'truncated':false}");
    String text = "Ann sat";
    float[] begin = {SURE, -50, 0};
    float[] outside = {-50, -50, 0};
    assertThat(
            json(
                Objective.TOKEN_CLASSIFICATION,
                "",
                new Answer.Tagged(text, Words.of(text), new float[][] {begin, outside})))
        .isEqualTo(
            "{'entities':[{'type':'x','start':0,'end':3,'text':'Ann','score':0.75}],'truncated':false}");
    Answer filled =
        new Answer.Filled(
            List.of(List.of(new Answer.Fill("a", 0.5f), new Answer.Fill("b", 0.25f))));
    assertThat(json(Objective.MASKED_LM, ",'top_k':1", filled))
        .isEqualTo("{'fills':[[{'token':'a','score':0.5}]],'truncated':false}");
  }

  @Test
  void optionsThatATaskDoesNotHaveAreRefused() {
    refused(Objective.REGRESSION, ",'top_k':1", "top_k is for tasks that give labels or tokens");
    refused(Objective.TOKEN_CLASSIFICATION, ",'thresholds':0.5", "thresholds are for tasks that");
    refused(
        Objective.CLASSIFICATION,
        ",'thresholds':{'maybe':0.5}",
        "thresholds name the label \"maybe\"; the task's labels are [no, yes]");
  }

  private static void refused(Objective objective, String options, String message) {
    assertThatThrownBy(() -> options(options).check(task(objective)))
        .isInstanceOf(DiffstreamException.class)
        .hasMessageContaining(message);
  }

  private static String json(Objective objective, String options, Answer answer) {
    PredictOptions read = options(options);
    read.check(task(objective));
    Prediction prediction = Prediction.of(task(objective), read, answer, false);
    return new String(Json.writeUnsorted(prediction), UTF_8).replace('"', '\'');
  }

  private static PredictOptions options(String options) {
    String json = "{'text':'a'" + options + "}";
    return PredictRequest.ofTask(json.replace('\'', '"').getBytes(UTF_8), 1).options();
  }

  private static DiffMetadata task(Objective objective) {
    return DiffReader.read(TinyModel.diff("task", objective, 0, 0)).metadata();
  }
}

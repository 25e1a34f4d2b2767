package dev.diffstream.worker.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.diffstream.schemas.DiffstreamException;
import dev.diffstream.schemas.ErrorCode;
import dev.diffstream.schemas.event.Objective;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingSettingsTest {
  @ParameterizedTest
  @CsvSource({"40, 200, 120", "2000, 375, 625", "100000, 2000, 3000"})
  void stepsFollowTheSizeOfTheData(int rows, int stage1, int stage3) {
    TrainingSettings settings =
        TrainingSettings.resolve(null, Objective.CLASSIFICATION, 0.005, rows, 512).settings();
    assertThat(settings.stage1Steps()).isEqualTo(stage1);
    assertThat(settings.stage3Steps()).isEqualTo(stage3);
    assertThat(settings.lambda()).isEqualTo(6.5e-4 / stage1);
    assertThat(settings.targetShare()).isEqualTo(0.015);
    assertThat(settings.maxTokens()).isEqualTo(128);
  }

  @Test
  void tagsAreLearnedFasterAndLonger() {
    TrainingSettings classes =
        TrainingSettings.resolve(null, Objective.CLASSIFICATION, 0.005, 300, 512).settings();
    TrainingSettings tags =
        TrainingSettings.resolve(null, Objective.TOKEN_CLASSIFICATION, 0.005, 300, 512).settings();
    assertThat(tags.stage1Rate()).isGreaterThan(classes.stage1Rate());
    assertThat(tags.stage3Rate()).isGreaterThan(classes.stage3Rate());
    assertThat(tags.headRate()).isGreaterThan(classes.headRate());
    assertThat(tags.stage1Steps()).isEqualTo(classes.stage1Steps());
    assertThat(tags.stage3Steps()).isEqualTo(240).isEqualTo(2 * classes.stage3Steps());
    assertThat(tags.roundedRate()).isEqualTo(tags.stage3Rate() / 5);
  }

  @ParameterizedTest
  @CsvSource({
    "CLASSIFICATION, 5e-4",
    "PAIR_CLASSIFICATION, 5e-4",
    "MULTI_LABEL, 5e-4",
    "MASKED_LM, 5e-4",
    "REGRESSION, 2e-3",
    "PAIR_REGRESSION, 2e-3",
    "TOKEN_CLASSIFICATION, 6e-3"
  })
  void theRateBehindTheMaskIsThatOfTheObjective(Objective objective, double rate) {
    assertThat(TrainingSettings.resolve(null, objective, 0.005, 300, 512).settings().stage3Rate())
        .isEqualTo(rate);
  }

  @Test
  void givenValuesAreTakenAutoIsChosenAndUnknownNamesAreTold() {
    Map<String, JsonNode> given =
        Map.of(
            "seed",
            DoubleNode.valueOf(7),
            "batchSize",
            TextNode.valueOf("auto"),
            "learningRate",
            DoubleNode.valueOf(1));
    TrainingSettings.Resolved resolved =
        TrainingSettings.resolve(given, Objective.CLASSIFICATION, 0.005, 300, 24);
    assertThat(resolved.settings().seed()).isEqualTo(7);
    assertThat(resolved.settings().batchSize()).isEqualTo(16);
    assertThat(resolved.settings().maxTokens()).isEqualTo(24);
    assertThat(resolved.unknown()).containsExactly("learningRate");
    assertThat(resolved.settings().asText())
        .containsEntry("seed", "7")
        .containsKeys("stage1Rate", "gateRate", "headRate");
  }

  @ParameterizedTest
  @CsvSource({
    "stage1Steps, 199",
    "batchSize, 0",
    "batchSize, 257",
    "batchSize, 16.5",
    "seed, 0.5",
    "stage3Steps, 120.1",
    "gateRate, 10.5",
    "lambda, 1.1",
    "targetShare, -0.1",
    "headRate, Infinity",
    "maxTokens, 513",
    "stage3Rate, -1",
    "stage1Rate, NaN"
  })
  void valuesOutOfRangeAreNamed(String name, double value) {
    assertThatThrownBy(
            () ->
                TrainingSettings.resolve(
                    Map.of(name, DoubleNode.valueOf(value)),
                    Objective.CLASSIFICATION,
                    0.005,
                    300,
                    512))
        .isInstanceOfSatisfying(
            DiffstreamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_EVENT))
        .hasMessageContaining("settings." + name);
  }

  @Test
  void aTextThatIsNotAutoIsNoNumber() {
    for (JsonNode node :
        java.util.List.<JsonNode>of(
            TextNode.valueOf("7"),
            com.fasterxml.jackson.databind.node.BooleanNode.TRUE,
            com.fasterxml.jackson.databind.node.NullNode.getInstance())) {
      assertThatThrownBy(
              () ->
                  TrainingSettings.resolve(
                      Map.of("batchSize", node), Objective.CLASSIFICATION, 0.005, 300, 512))
          .isInstanceOfSatisfying(
              DiffstreamException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_EVENT))
          .hasMessageContaining("settings.batchSize");
    }
  }
}

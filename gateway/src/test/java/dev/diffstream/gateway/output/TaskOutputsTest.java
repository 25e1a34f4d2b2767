package dev.diffstream.gateway.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.diffstream.gateway.model.Answer;
import dev.diffstream.gateway.model.TinyModel;
import dev.diffstream.schemas.data.Words;
import dev.diffstream.schemas.diff.format.DiffReader;
import dev.diffstream.schemas.diff.model.DiffMetadata;
import dev.diffstream.schemas.event.Objective;
import dev.diffstream.schemas.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What each objective's answers look like, from logits made by hand. */
final class TaskOutputsTest {
  private static final float SURE = (float) Math.log(3); // three to one, by softmax and by sigmoid

  @Test
  void aLabelSetHoldsWhatIsAboveOneHalf() {
    List<OutputTensor> outputs =
        outputs(
            Objective.MULTI_LABEL,
            new Answer.Scores(new float[] {SURE, -SURE}),
            new Answer.Scores(new float[] {0, SURE}),
            new Answer.Scores(new float[] {-SURE, -SURE}));
    assertThat(outputs.get(0).name()).isEqualTo("labels");
    assertThat(outputs.get(0).data()).isEqualTo(List.of("[\"no\"]", "[\"yes\"]", "[]"));
    assertThat(outputs.get(1).shape()).containsExactly(3, 2);
    assertThat(outputs.get(1).data()).isEqualTo(List.of(0.75f, 0.25f, 0.5f, 0.75f, 0.25f, 0.25f));
  }

  @Test
  void entitiesCountCodePoints() {
    // Words: the emoji, Ann Lee (an entity of two words), sat, Bo (an I without a B).
    String text = "😀  Ann Lee sat Bo.";
    float[] begin = {SURE, -50, 0};
    float[] inside = {-50, 0, -SURE};
    float[] outside = {-50, -50, 0};
    List<OutputTensor> outputs =
        outputs(
            Objective.TOKEN_CLASSIFICATION,
            new Answer.Tagged(
                text, Words.of(text), new float[][] {outside, begin, inside, {}, inside}));
    assertThat(outputs.get(1).data()).isEqualTo(List.of("O B-x I-x O I-x"));
    JsonNode entities = parsed(outputs.get(0), "entities");
    assertThat(entities).hasSize(2);
    JsonNode first = entities.get(0);
    assertThat(first.path("type").asText()).isEqualTo("x");
    assertThat(first.path("text").asText()).isEqualTo("Ann Lee");
    assertThat(first.path("start").asInt()).isEqualTo(3);
    assertThat(first.path("end").asInt()).isEqualTo(10);
    assertThat(first.path("score").asDouble()).isCloseTo(0.75, within(1e-6));
    assertThat(entities.get(1).path("text").asText()).isEqualTo("Bo.");
    assertThat(entities.get(1).path("start").asInt()).isEqualTo(15);
  }

  @Test
  void fillsStandByMask() {
    List<OutputTensor> outputs =
        outputs(
            Objective.MASKED_LM,
            new Answer.Filled(
                List.of(
                    List.of(new Answer.Fill("cat", 0.5f), new Answer.Fill("mat", 0.25f)),
                    List.of(new Answer.Fill("sat", 1)))));
    JsonNode fills = parsed(outputs.get(0), "fills");
    assertThat(fills.at("/0/1/token").asText()).isEqualTo("mat");
    assertThat(fills.at("/0/1/score").asDouble()).isEqualTo(0.25);
    assertThat(fills.at("/1/0/token").asText()).isEqualTo("sat");
  }

  @Test
  void everyObjectiveSaysItsOutputsBeforehand() {
    for (Objective objective : Objective.values()) {
      DiffMetadata task = task(objective);
      Answer answer =
          switch (objective.labelling()) {
            case CLASS, NUMBER, LABEL_SET -> new Answer.Scores(new float[] {1, 2});
            case TAGS -> new Answer.Tagged("a", Words.of("a"), new float[][] {{1, 2, 3}});
            case NONE -> new Answer.Filled(List.of());
          };
      List<OutputTensor> outputs = TaskOutputs.of(task, List.of(answer));
      assertThat(TaskOutputs.metadata(task).stream().map(TensorMetadata::name))
          .as(objective.text())
          .containsExactlyElementsOf(outputs.stream().map(OutputTensor::name).toList());
    }
  }

  private static JsonNode parsed(OutputTensor output, String name) {
    assertThat(output.name()).isEqualTo(name);
    assertThat(output.datatype()).isEqualTo("BYTES");
    return Json.parse(((String) output.data().get(0)).getBytes(StandardCharsets.UTF_8), name);
  }

  private static List<OutputTensor> outputs(Objective objective, Answer... answers) {
    return TaskOutputs.of(task(objective), List.of(answers));
  }

  private static DiffMetadata task(Objective objective) {
    return DiffReader.read(TinyModel.diff("t", objective, 0, 0)).metadata();
  }
}
